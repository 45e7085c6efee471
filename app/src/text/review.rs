//! Review and adjudication.

use domain::Provenance;
use domain::annotation::{Polarity, Verdict};

pub const TITLE: &str = "Review";
pub const LEAD: &str =
    "Items that several people answered, the most disputed first, and items that somebody flagged.";
pub const SHOW_WHICH: &str = "Show";
pub fn found(count: usize) -> String {
    match count {
        1 => "1 item".into(),
        n => format!("{n} items"),
    }
}
pub const NONE: &str = "Nothing here";
pub const ITEM: &str = "Item";
pub const ANSWERS: &str = "Answers";
pub const DIFFER: &str = "How far apart";
pub const STATE: &str = "State";
pub const NEXT: &str = "Next items";
pub const SAME: &str = "all the same";
pub const READ_THEM: &str = "cannot be compared: read them";
pub fn apart(distance: f64, question: &str) -> String {
    format!("{:.0} % of the scale ({question})", distance * 100.0)
}
pub const DECIDED: &str = "decided";
pub const RETURNED: &str = "returned";
pub fn flags(count: i64) -> String {
    if count == 1 {
        "flagged".into()
    } else {
        format!("flagged by {count}")
    }
}

pub const BACK: &str = "All items";
pub const SHOW_NAMES: &str = "Show names";
pub const HIDE_NAMES: &str = "Hide names";
pub fn annotator(number: usize) -> String {
    format!("Annotator {number}")
}
pub fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Person => "person",
        Provenance::Machine => "machine",
        Provenance::Simulated => "simulated",
    }
}
pub const PROMPT: &str = "Prompt";
pub const ABOUT: &str = "What it is about";
pub const A_RESPONSE: &str = "a response";
pub fn response(letter: &str) -> String {
    format!("Response {letter}")
}
pub fn flagged(who: &str, words: &str) -> String {
    format!("{who} flagged this: {words}")
}
pub fn skipped(who: &str, words: &str) -> String {
    format!("{who} skipped it: {words}")
}
pub fn waiting(who: &str, words: &str) -> String {
    format!("Returned to {who}, not answered again yet: {words}")
}

pub const ACCEPT: &str = "Accept this answer";
pub const ACCEPTED: &str = "accepted";
pub const RETURN: &str = "Return it with a note";
pub const RETURN_NOTE: &str = "What should be looked at again";
pub const RETURN_NOW: &str = "Return";
pub const OWN: &str = "Give your own answer instead";
pub const OWN_NOTE: &str =
    "It stands beside the others, which stay as they are, and does not count in agreement.";
pub fn from_answer(number: usize) -> String {
    format!("Begin from answer {number}.")
}
pub const OWN_SAVE: &str = "Let my answer stand";
pub const WHY: &str = "Why (for the history, optional)";
pub const REVIEWERS_ANSWER: &str = "The reviewer’s answer";
pub const NO_ANSWERS: &str = "Nobody’s answer stands at the moment.";
pub const NO_LONGER: &str = "no longer stands; written";
pub fn earlier(count: usize) -> String {
    match count {
        1 => "1 earlier version".into(),
        n => format!("{n} earlier versions"),
    }
}
pub const HISTORY: &str = "What was decided";
pub const NOT_STANDING: &str = "This answer no longer stands: its author has changed or withdrawn it. Open the item again to see what is there now.";
pub fn seconds(seconds: f64) -> String {
    format!(" · {seconds:.0} s")
}

pub fn preference(strength: i8, both_bad: bool, left: &str, right: &str) -> String {
    let degree = match strength.unsigned_abs() {
        1 => "slightly better",
        2 => "better",
        _ => "far better",
    };
    match strength {
        0 if both_bad => "both bad".into(),
        0 => "tie".into(),
        s if s < 0 => format!("{left} is {degree}"),
        _ => format!("{right} is {degree}"),
    }
}
pub fn polarity(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Problem => "problem",
        Polarity::Note => "note",
        Polarity::Praise => "praise",
    }
}
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Yes => "yes, all of it",
        Verdict::Partly => "partly",
        Verdict::No => "no",
    }
}
/// By the name of the decision.
pub fn decided(decision: &str, who: &str, when: &str) -> String {
    let did = match decision {
        "accept" => "accepted an answer",
        "override" => "answered instead",
        "return" => "returned an answer to its author",
        _ => "remarked",
    };
    format!("{who} {did}, {when}")
}
/// By the name of the stage.
pub fn stage(name: &str) -> &'static str {
    match name {
        "open" => "not decided yet",
        "flagged" => "flagged",
        "decided" => "decided",
        _ => "all",
    }
}
pub fn none_words(stage: &str) -> &'static str {
    match stage {
        "open" => {
            "No item has two answers that wait for a decision. In the settings, set how many people answer each task to 2 or more."
        }
        "flagged" => "Nobody has flagged an item.",
        "decided" => "Nothing has been decided yet.",
        _ => "No item has two answers, a flag or a note.",
    }
}
pub const COMMENT: &str = "Remark for the history";
pub const COMMENT_SAVE: &str = "Add the remark";
pub const INCOMPLETE: &str = "The form was incomplete. Go back and try it again.";
