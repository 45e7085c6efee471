//! Words that many pages share.

/// The product.
pub const PRODUCT: &str = "Touchstone";
pub const SKIP_TO_CONTENT: &str = "Skip to content";
pub const NAVIGATION: &str = "Project pages";
pub const PROJECTS: &str = "Projects";
pub const QUEUE: &str = "Queue";
pub const GRADES: &str = "Gradebook";
pub const DATA: &str = "Data";
pub const REVIEW: &str = "Review";
pub const AGREEMENT: &str = "Agreement";
pub const DASHBOARDS: &str = "Dashboards";
pub const SETTINGS: &str = "Settings";
pub const GUIDELINES: &str = "Guidelines";
pub const ACCOUNT: &str = "Account";
pub const SIGN_OUT: &str = "Sign out";
pub const SAVE: &str = "Save";
pub const CANCEL: &str = "Cancel";
pub const BACK: &str = "Go back";
pub const PLEASE_MEND: &str = "Please look at this again:";
pub const OPTIONAL: &str = "optional";

pub const NOT_FOUND: &str = "There is nothing here";
pub const NOT_FOUND_WORDS: &str =
    "The page does not exist, or you are not a member of its project.";
pub const FORBIDDEN: &str = "Your role does not allow this";
pub const FORBIDDEN_WORDS: &str = "Ask the project’s owner if you need it.";
pub const CONFLICT: &str = "Something changed meanwhile";
pub const INTERNAL: &str = "Something went wrong on our side";
pub fn internal_words(reference: &str) -> String {
    format!("It is noted in the server’s log under {reference}. What you saved before is safe.")
}
pub const TOO_LARGE: &str = "That is too large";
pub const TOO_LARGE_WORDS: &str = "The server’s limit for one upload is lower than this. Split the file, or use the command line: touchstone import.";
pub const TOO_MANY: &str = "Too many tries";
pub fn too_many_words(minutes: i64) -> String {
    format!("Please wait {minutes} minutes and try again.")
}
pub const WRONG_ORIGIN: &str = "This form was sent from another site and was not accepted.";
