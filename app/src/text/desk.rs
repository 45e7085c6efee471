//! Words of the annotator's desk: what the islands add to the page, and what they announce.

pub const SAVING: &str = "saving…";
pub fn saved_at(time: &str) -> String {
    format!("saved {time}")
}
pub const KEPT_HERE: &str = "kept on this device – not sent yet";
pub const KEPT_HERE_WORDS: &str =
    "The server does not answer. What you type is kept on this device and sent when it is back.";
pub const SENT_AGAIN: &str = "The server is back. Everything is saved.";
pub const SESSION_ENDED: &str = "Your session has ended. Your text is kept here, on this device.";
pub const SIGN_IN_AGAIN: &str = "Sign in and come back";
pub const CHANGED_ELSEWHERE: &str = "This was changed in another tab or on another device.";
pub const MINE: &str = "Here";
pub const THEIRS: &str = "There";
pub const KEEP_MINE: &str = "Keep what is here";
pub const TAKE_THEIRS: &str = "Take what is there";
pub const NOTHING: &str = "(empty)";
pub const DONE_ELSEWHERE: &str = "This item was finished in another tab, or it went back to the queue. What you typed is still here; copy it if you need it.";
pub const GO_ON: &str = "Go on with the queue";
pub fn restored(time: &str) -> String {
    format!("Restored what you typed at {time} and the server had not received.")
}
pub const UNDO_RESTORE: &str = "Go back to the server’s version";
pub const CLOSE: &str = "Close";

pub fn saved_next(next: &str) -> String {
    format!("Saved. Next: {next}")
}
pub const LOOK_AGAIN: &str = "Not saved yet: please look at this again.";
pub const NOT_SUBMITTED: &str = "The server does not answer, so this was not submitted. Everything you typed is still here; try again.";
pub fn refused(status: u16) -> String {
    format!("The server refused this (status {status}). Everything you typed is still here.")
}

pub const KEYS_ON_THIS_PAGE: &str = "Keys on this page";
pub const KEYS_OFF: &str = "Single-key shortcuts are switched off in your preferences.";
pub const KEYS_NOT_IN_FIELDS: &str = "Single keys do nothing while you type in a field.";
pub const CHANGE_KEYS: &str = "Change the keys or switch them off";
pub const SUBMIT_FROM_ANYWHERE: &str = "Submit, from anywhere";
pub const LEAVE_FIELD: &str = "Leave a field, close what is open";
pub fn chosen(question: &str, choice: &str) -> String {
    if question.is_empty() {
        choice.to_owned()
    } else {
        format!("{question}: {choice}")
    }
}
pub fn ticked(what: &str, on: bool) -> String {
    format!("{what}: {}", if on { "ticked" } else { "not ticked" })
}

pub const CRITIQUE_THIS: &str = "Critique this";
pub const NOT_IN_RAW: &str = "These words cannot be quoted. Try to select a little more.";
pub const SELECT_FIRST: &str = "Select words in a response first.";
pub const NO_ROOM: &str = "There is no critique field on this page.";
pub fn selecting_in(label: &str) -> String {
    format!(
        "Selecting in response {label}. Arrows move by words, Shift extends, up and down move by lines; c critiques, s goes to the next response, Escape leaves."
    )
}
pub const LEFT_SELECTING: &str = "Left selecting.";
pub fn quoting(words: &str) -> String {
    format!("Quoting: {words}")
}

pub fn differences(on: bool) -> &'static str {
    if on {
        "Words that stand in one response only are marked."
    } else {
        "Differences are not marked."
    }
}
pub fn changes(added: usize, removed: usize) -> String {
    format!("{added} added, {removed} removed")
}
