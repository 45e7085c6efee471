//! The list of projects and their settings.

pub const YOUR_PROJECTS: &str = "Your projects";
pub const NEW_PROJECT: &str = "New project";
pub const NAME: &str = "Name";
pub const CREATE: &str = "Create project";
pub const NONE: &str = "You are not a member of any project yet";
pub const NONE_WORDS: &str = "Create one, or ask somebody for an invitation link.";
pub fn progress(finished: i64, tasks: i64) -> String {
    format!("{finished} of {tasks} tasks finished")
}
