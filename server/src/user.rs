//! `touchstone user …`: accounts from the command line, for when nobody can sign in.

use anyhow::{Context, bail};
use app::account::{parse_new_account, password};
use clap::Subcommand;
use domain::Fields;
use std::io::{BufRead, IsTerminal};
use store::{Store, accounts::Account};

/// Accounts. Passwords come from standard input, one line; at a terminal a new one is made and printed.
#[derive(Subcommand)]
pub enum User {
    /// Make an account.
    Add {
        /// The e-mail address.
        email: String,
        /// The name others see.
        name: String,
    },
    /// Give an account another password; all its sessions end.
    Password {
        /// The e-mail address.
        email: String,
    },
    /// Close an account; all its sessions end, what it wrote stays.
    Disable {
        /// The e-mail address.
        email: String,
        /// Open it again instead.
        #[arg(long)]
        undo: bool,
    },
    /// List the accounts.
    List,
}

impl User {
    /// Does it.
    ///
    /// # Errors
    /// With a sentence that says what is wrong.
    pub async fn run(self, store: &Store) -> anyhow::Result<()> {
        match self {
            Self::Add { email, name } => {
                let (password, made) = password()?;
                let fields = [("name", name), ("email", email), ("password", password)];
                let fields: Fields = fields.into_iter().collect();
                let (name, email, password) = parse_new_account(&fields).map_err(sentence)?;
                let hash = password::hash(password).await?;
                let now = store::now_ms();
                let id = store.create_account(&email, &name, &hash, now).await?;
                note(store, &id, "add-account").await?;
                println!("{email} can sign in.{made}");
            }
            Self::Password { email } => {
                let account = find(store, &email).await?;
                let (given, made) = password()?;
                if let Some(invalid) = password::check(&given, &account.email) {
                    return Err(sentence(vec![invalid]));
                }
                let hash = password::hash(given).await?;
                store.change_password(&account.id, &hash, "").await?;
                note(store, &account.id, "change-password").await?;
                println!("{} has a new password.{made}", account.email);
            }
            Self::Disable { email, undo } => {
                let account = find(store, &email).await?;
                let since = (!undo).then(store::now_ms);
                store.disable_account(&account.id, since).await?;
                let action = if undo {
                    "enable-account"
                } else {
                    "disable-account"
                };
                note(store, &account.id, action).await?;
                let state = if undo { "open again" } else { "closed" };
                println!("{} is {state}.", account.email);
            }
            Self::List => {
                for account in store.accounts().await? {
                    let closed = if account.disabled_at.is_some() {
                        "\tclosed"
                    } else {
                        ""
                    };
                    println!("{}\t{}{closed}", account.email, account.name);
                }
            }
        }
        Ok(())
    }
}

async fn find(store: &Store, email: &str) -> anyhow::Result<Account> {
    let account = store.account_by_email(email).await?;
    account.with_context(|| format!("nobody has the address {email}"))
}

async fn note(store: &Store, account: &domain::ids::UserId, action: &str) -> anyhow::Result<()> {
    let now = store::now_ms();
    Ok(store
        .audit(None, None, action, account.as_str(), "by command", now)
        .await?)
}

fn sentence(wrong: Vec<domain::Invalid>) -> anyhow::Error {
    let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    anyhow::anyhow!(all.join("; "))
}

/// The password, and what to print about it. Nothing is typed at a terminal, where it would be shown.
fn password() -> anyhow::Result<(String, String)> {
    let input = std::io::stdin();
    if input.is_terminal() {
        let made = app::security::random_hex(12);
        let words = format!(" The password, shown this once: {made}");
        return Ok((made, words));
    }
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("the password is expected on standard input");
    }
    Ok((line.to_owned(), String::new()))
}
