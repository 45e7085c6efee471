//! Signing in and one's own account.

pub const SIGN_IN: &str = "Sign in";
pub const EMAIL: &str = "E-mail address";
pub const PASSWORD: &str = "Password";
pub const NAME: &str = "Your name";
pub const NAME_HINT: &str = "Other members see it.";
pub const PASSWORD_HINT: &str = "At least 12 characters.";
pub const WRONG: &str = "The address or the password is wrong";
pub const FIRST_VISIT: &str = "Welcome to Touchstone";
pub const FIRST_VISIT_WORDS: &str = "Nobody has an account here yet. The first one owns this installation. Everything stays on this machine.";
pub const CREATE_OWNER: &str = "Create the owner’s account";

pub fn locked(minutes: i64) -> String {
    format!("too many tries. Please wait {minutes} minutes and try again")
}
pub const SESSION_ENDED_KEPT: &str =
    "Your session has ended. What you wrote is kept: sign in, and you can send it.";
pub const KEPT: &str = "Your work is kept";
pub fn kept_words(who: &str) -> String {
    format!("You are signed in as {who}. What you wrote before is not saved yet: send it now.")
}
pub const KEPT_SHOW: &str = "What will be sent";
pub const KEPT_SEND: &str = "Send it now";
pub const KEPT_DISCARD: &str = "Do not send it";
