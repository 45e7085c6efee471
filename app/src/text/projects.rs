//! The list of projects, their settings, members and log.

use domain::{Kind, Role};

pub const YOUR_PROJECTS: &str = "Your projects";
pub const NEW_PROJECT: &str = "New project";
pub const NAME: &str = "Name";
pub const CREATE: &str = "Create project";
pub const NONE: &str = "You are not a member of any project yet";
pub const NONE_WORDS: &str = "Create one, or ask somebody for an invitation link.";
pub const ARCHIVED: &str = "Archived projects";
pub fn progress(finished: i64, tasks: i64) -> String {
    format!("{finished} of {tasks} tasks finished")
}
pub fn own(tasks: i64) -> String {
    format!("{tasks} answered by you")
}

pub const TEMPLATE: &str = "Start from";
pub const TEMPLATE_HINT: &str = "Only a start: every setting can be changed on the next page.";
pub const TEMPLATE_COMPARE: &str = "Compare two answers";
pub const TEMPLATE_CRITIQUE: &str = "Critique and refine answers";
pub const TEMPLATE_GRADE: &str = "Grade students’ short answers";
pub const TEMPLATE_EVERYTHING: &str = "Compare, critique and refine together";
pub const ASPECTS: [&str; 4] = ["correctness", "helpfulness", "clarity", "tone"];
pub const GRADE_SKIP_REASONS: [&str; 3] = [
    "I cannot read it",
    "the question makes no sense",
    "technical problem",
];
pub const GUIDE_COMPARE: &str = "Read the prompt, then both answers to the end.\n\n\
- Choose the answer that you would rather have got, and how much rather.\n\
- **A tie is a fine choice** when you cannot say. If both are bad, say so.\n\
- Judge what it says before how it says it: a polished mistake is still a mistake.\n\
- Longer is not better.\n";
pub const GUIDE_CRITIQUE: &str = "Say what is wrong, where, and what would mend it.\n\n\
- One remark for each thing. Mark the words that it is about.\n\
- Say what is good, too, if it should stay as it is.\n\
- Refine the answer if you can: change what the remarks name and leave the rest alone.\n";
pub const GUIDE_GRADE: &str = "Grade what the student understood, not how well it is written.\n\n\
- Compare with the reference answer; other right answers are right.\n\
- Spelling does not count unless it changes the meaning.\n\
- Write the feedback to the student: what is right, what is missing, one next step.\n";
pub const GUIDE_EVERYTHING: &str = "Compare the two answers first, then say why.\n\n\
- Choose the better one, and how much better. A tie is a fine choice.\n\
- Write a remark for what decided it. Mark the words that it is about.\n\
- If the better answer still has a mistake and you know how to mend it, refine it.\n";

pub const TABS: &str = "Managing the project";
pub const TAB_SETTINGS: &str = "Settings";
pub const TAB_MEMBERS: &str = "Members";
pub const TAB_AUDIT: &str = "Audit log";

/// What saving did to the tasks that exist.
pub fn saved(removed: u64, made: u64, retargeted: u64) -> String {
    let mut words = String::from("Saved.");
    if removed > 0 || made > 0 {
        words += &format!(" {removed} tasks that nobody had seen gave way to {made} new ones.");
    }
    if retargeted > 0 {
        words += &format!(" {retargeted} unfinished tasks want another number of people now.");
    }
    words
}
pub const CHANGED: &str = "Somebody else changed these settings while you did. What you see is yours: save again to replace theirs, or reload the page to see theirs.";
pub const GUIDELINES: &str = "Guidelines";
pub const GUIDELINES_HINT: &str =
    "What annotators should know, in Markdown. They open it with one key.";
pub const NO_GUIDELINES: &str = "This project has no guidelines yet.";
pub const EDIT: &str = "Edit";
pub const PREVIEW: &str = "Preview of the guidelines";
pub const PREVIEW_BUTTON: &str = "Preview without saving";
pub const ASKED: &str = "What is asked";
pub const KINDS: &str = "Kinds of feedback, together in one task";
pub const KINDS_CHANGE: &str = "Tasks that somebody has begun stay as they are. Tasks that nobody has seen are asked anew with the kinds chosen here.";
pub const MAY_BE_EMPTY: &str = "may be left empty";
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Preference => "Preference",
        Kind::Critique => "Critique",
        Kind::Refinement => "Refinement",
        Kind::Incorporation => "Check of a refinement",
        Kind::Grade => "Grade",
    }
}
pub fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Preference => "Which of two responses is better, and by how much.",
        Kind::Critique => "What is good or bad about a response, in words, about a part of it.",
        Kind::Refinement => "The response, edited into what it should have been.",
        Kind::Incorporation => "Whether a refinement does what its critique asked for.",
        Kind::Grade => "A student’s short answer: label or points, rubric, feedback.",
    }
}
pub const ASPECTS_LABEL: &str = "Aspects";
pub const ASPECTS_HINT: &str =
    "What a preference or a remark can be about, one a line, e.g. clarity.";
pub const LINES_HINT: &str = "One a line.";
pub const PER_ASPECT: &str = "Ask for a preference per aspect, besides the overall one";
pub const ASK_REASON: &str = "Ask for a reason with a preference";
pub const ERROR_TYPES: &str = "Error types that a critique can name";
pub const CHECK_REFINEMENTS: &str = "Have refinements checked";
pub const CHECK_REFINEMENTS_HINT: &str =
    "Another person says whether the refinement does what the critique asked for.";
pub const GRADING: &str = "Grades";
pub const GRADE_LABELS: &str = "Labels";
pub const GRADE_LABELS_HINT: &str =
    "Best first, one a line. Each is worth an equal step from 1 down to 0.";
pub const GRADE_POINTS: &str = "Highest points";
pub const GRADE_POINTS_HINT: &str = "Leave it empty to grade by labels only.";
pub const HANDING_OUT: &str = "Handing out tasks";
pub const OVERLAP: &str = "People per task";
pub const OVERLAP_HINT: &str =
    "A change also holds for unfinished tasks; answers that are in stay.";
pub const GOLD: &str = "Percent of tasks that everybody gets";
pub const GOLD_HINT: &str = "To measure agreement. Holds for tasks made from now on.";
pub const LEASE: &str = "Minutes a task stays with one person";
pub const LEASE_HINT: &str = "Afterwards it goes back to the queue; her draft is kept.";
pub const BLIND: &str = "Hide who wrote a response until the answer is in";
pub const BLIND_HINT: &str = "Names of models and students.";
pub const SKIP_REASONS: &str = "Reasons offered when a task is skipped";
pub const ARCHIVE: &str = "Archive this project";
pub const IS_ARCHIVED: &str = "This project is archived";
pub const ARCHIVE_WORDS: &str =
    "An archived project leaves the lists. Nothing in it is lost, and it can be restored.";
pub const ARCHIVE_BUTTON: &str = "Archive";
pub const RESTORE: &str = "Restore";
pub const NO_CHOICE: &str = "The form did not say what to do.";

pub fn role(role: Role) -> &'static str {
    match role {
        Role::Annotator => "Annotator",
        Role::Teacher => "Teacher",
        Role::Researcher => "Researcher",
        Role::Owner => "Owner",
    }
}
pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Annotator => "Answers tasks and reads the guidelines.",
        Role::Teacher => "Also grades, reviews, and reads all data and results.",
        Role::Researcher => "Also imports, exports and makes tasks.",
        Role::Owner => "Also changes settings and members.",
    }
}
pub const MEMBER: &str = "Member";
pub const ROLE: &str = "Role";
pub const SINCE: &str = "Since";
pub const CHANGE: &str = "Change";
pub const REMOVE: &str = "Remove";
pub const REMOVE_WORDS: &str = "All that was written stays.";
pub const LEAVE: &str = "Leave this project";
pub fn remove(name: &str) -> String {
    format!("Remove {name}")
}
pub fn role_of(name: &str) -> String {
    format!("Role of {name}")
}
pub fn refused(words: &str) -> String {
    format!("Not done: {words}.")
}
pub const NO_ACCOUNT: &str = "The form names no member.";
pub const NO_ROLE: &str = "The form names no role.";
pub const INVITE: &str = "Invite somebody";
pub const INVITE_WORDS: &str = "A link lets in one person, within seven days.";
pub const MAKE_LINK: &str = "Make a link";
pub const LINK: &str = "The invitation’s link";
pub const LINK_WORDS: &str =
    "Copy it now and send it to one person: it is shown this once and not kept.";
pub const INVITATIONS: &str = "Invitations";
pub const MADE: &str = "Made";
pub const STATE: &str = "State";
pub const REVOKE: &str = "Revoke";
pub const REVOKED: &str = "revoked";
pub const EXPIRED: &str = "expired, never used";
pub fn made(when: &str, by: &str) -> String {
    format!("{when} by {by}")
}
pub fn open_until(when: &str) -> String {
    format!("open until {when}")
}
pub fn used_by(name: &str) -> String {
    format!("used by {name}")
}

pub const WHEN: &str = "When (UTC)";
pub const WHO: &str = "Who";
pub const ACTION: &str = "Action";
pub const SUBJECT: &str = "About";
pub const ANYBODY: &str = "Anybody";
pub const NOBODY: &str = "the server";
pub const ANY_ACTION: &str = "Any action";
pub const FILTER: &str = "Show";
pub const OLDER: &str = "Older entries";
pub const NO_ENTRIES: &str = "Nothing matches.";
/// An action's name in words: they are kept as `change-role`.
pub fn action(name: &str) -> String {
    name.replace('-', " ")
}
