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

pub const INVITED: &str = "You are invited";
pub fn invited_words(by: &str, project: &str, role: &str) -> String {
    format!("{by} invites you to the project “{project}”. Your role: {role}.")
}
pub fn join_as(name: &str) -> String {
    format!("Join as {name}")
}
pub const HAVE_ACCOUNT: &str = "I have an account: sign in first";
pub const NEW_ACCOUNT: &str = "Make an account";
pub const CREATE_AND_JOIN: &str = "Make the account and join";
pub const INVITATION_OVER: &str = "This invitation cannot be used";
pub const INVITATION_OVER_WORDS: &str =
    "It was used, taken back, or is older than seven days. Ask for a new link.";

pub const ACCOUNT: &str = "Your account";
pub const SAVED: &str = "Saved.";
pub const WHO: &str = "Name";
pub const SAVE_NAME: &str = "Save the name";
pub const LOOK: &str = "Look";
pub const THEME: &str = "Colours, in this browser";
pub const THEME_SYSTEM: &str = "As the system does";
pub const THEME_LIGHT: &str = "Light";
pub const THEME_DARK: &str = "Dark";
pub const NO_THEME: &str = "The form names no look.";
pub const SAVE_LOOK: &str = "Save the look";
pub const PASSWORD_WORDS: &str = "Changing it signs you out of every other browser.";
pub const CURRENT_PASSWORD: &str = "Current password";
pub const NEW_PASSWORD: &str = "New password";
pub const CHANGE_PASSWORD: &str = "Change the password";
pub const WRONG_CURRENT: &str = "is not your current password";
pub const SESSIONS: &str = "Signed-in browsers";
pub const SESSIONS_WORDS: &str = "A session ends after two weeks without use.";
pub const THIS_BROWSER: &str = "this browser";
pub const UNKNOWN_BROWSER: &str = "A browser that does not say its name";
pub const END_SESSION: &str = "End";
pub const END_OTHERS: &str = "End all others";
pub fn seen(since: &str, last: &str) -> String {
    format!("since {since}, last used about {last} UTC")
}
pub const WORKING: &str = "Working";
pub const TIME_LEFT: &str = "Show the time left in the queue";
pub const SHORTCUTS: &str = "Use single-key shortcuts";
pub const SHORTCUTS_HINT: &str = "They never act while you type.";
pub const KEYS: &str = "Keys";
pub const KEYS_WORDS: &str = "One character, or e.g. shift+k or ctrl+enter. Empty: the usual key.";
pub const SAVE_KEYS: &str = "Save keys and shortcuts";
pub const RESET_KEYS: &str = "Usual keys again";
/// What a key is for.
pub fn key_of(action: &str) -> String {
    match action {
        "submit" => "Submit and next".into(),
        "save" => "Save the draft".into(),
        "skip" => "Skip".into(),
        "flag" => "Flag the item".into(),
        "undo" => "Undo".into(),
        "guidelines" => "Guidelines".into(),
        "critique" => "Critique the selected words".into(),
        "edit" => "Edit the response".into(),
        "select" => "Select words by keyboard".into(),
        "compare" => "Show what differs".into(),
        "together" => "Scroll together".into(),
        "help" => "Show the keys".into(),
        digit if digit.len() == 1 => format!("Choice {digit}"),
        other => other.replace('-', " "),
    }
}
