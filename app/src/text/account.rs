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
