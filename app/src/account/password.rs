//! Passwords: argon2id with 19 MiB, two passes, one lane; hashed off the async threads.

use crate::Error;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::{Invalid, Problem};
use tokio::sync::Semaphore;

/// The fewest characters a password may have.
pub const MIN_LENGTH: usize = 12;

/// How hashes made now begin.
const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// Each hash takes 19 MiB: a crowd at the door must not take them all at once.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Whether a hash was made with other settings than new ones are.
pub fn is_outdated(hash: &str) -> bool {
    !hash.starts_with(CURRENT)
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What is wrong with a new password.
pub fn check(given: &str, email: &str) -> Option<Invalid> {
    let length = given.chars().count();
    if length < MIN_LENGTH {
        return Some(Invalid::new(
            "password",
            Problem::TooShort { min: MIN_LENGTH },
        ));
    }
    if length > 200 {
        return Some(Invalid::new("password", Problem::TooLong { max: 200 }));
    }
    let lower = given.to_lowercase();
    let distinct = lower
        .chars()
        .collect::<std::collections::HashSet<_>>()
        .len();
    if distinct < 5 || lower == email || COMMON.contains(&lower.as_str()) {
        return Some(Invalid::other("password", "is too easy to guess"));
    }
    None
}

/// The most common passwords of twelve characters and more.
const COMMON: [&str; 24] = [
    "password1234",
    "passwordpassword",
    "123456789012",
    "1234567890123",
    "qwertyuiop12",
    "qwertyuiop[]",
    "qwerty123456",
    "administrator",
    "iloveyou1234",
    "letmeinletmein",
    "welcome12345",
    "changeme1234",
    "password12345",
    "1q2w3e4r5t6y",
    "q1w2e3r4t5y6",
    "abcdefghijkl",
    "abcd12345678",
    "123456abcdef",
    "trustno1trustno1",
    "football1234",
    "baseball1234",
    "1qaz2wsx3edc",
    "zaq12wsxcde3",
    "touchstone123",
];

/// Hashes a password.
///
/// # Errors
/// When the operating system gives no randomness.
pub async fn hash(given: String) -> Result<String, Error> {
    let _permit = AT_ONCE.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(move || {
        hasher()
            .hash_password(given.as_bytes())
            .map(|hash| hash.to_string())
    })
    .await
    .map_err(Error::internal)?
    .map_err(Error::internal)
}

/// Whether the password is right. Without a hash (no such account) it takes as long and says no.
pub async fn verify(given: String, hash: Option<String>) -> bool {
    let _permit = AT_ONCE.acquire().await;
    tokio::task::spawn_blocking(move || {
        let Some(hash) = hash else {
            let _ = hasher().hash_password(given.as_bytes());
            return false;
        };
        PasswordHash::new(&hash)
            .is_ok_and(|hash| hasher().verify_password(given.as_bytes(), &hash).is_ok())
    })
    .await
    .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hashed = hash("correct horse battery".into()).await.unwrap();
        assert!(!is_outdated(&hashed));
        assert!(verify("correct horse battery".into(), Some(hashed.clone())).await);
        assert!(!verify("correct horse batterx".into(), Some(hashed)).await);
        assert!(!verify("anything at all".into(), None).await);
    }

    #[tokio::test]
    async fn a_hash_with_older_settings_still_verifies_and_is_known_as_outdated() {
        let older = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let hashed = older.hash_password(b"correct horse battery").unwrap();
        let hashed = hashed.to_string();
        assert!(is_outdated(&hashed));
        assert!(verify("correct horse battery".into(), Some(hashed)).await);
    }

    #[test]
    fn short_and_common_passwords_are_refused() {
        assert!(check("short", "").is_some());
        assert!(check("passwordpassword", "").is_some());
        assert!(check("aaaaaaaaaaaaaaaa", "").is_some());
        assert!(check("a good long sentence", "").is_none());
    }
}
