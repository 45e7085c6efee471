//! The queue and the forms of every kind of annotation.

use domain::Kind;
use domain::annotation::{Polarity, Verdict};

// the item
pub const PROMPT: &str = "Prompt";
pub const SYSTEM: &str = "System";
pub const USER: &str = "User";
pub const ASSISTANT: &str = "Assistant";
pub const TOOL: &str = "Tool";
pub const REFERENCE: &str = "Reference answer";
pub const QUESTION: &str = "Question";
pub const RESPONSE: &str = "Response";
pub const ANSWER: &str = "Answer";
pub const GUIDELINES: &str = "Guidelines";
pub const NO_GUIDELINES: &str = "This project has no guidelines yet.";
pub const TOOLS: &str = "Tools";
pub fn response(letter: char) -> String {
    format!("Response {letter}")
}
pub fn student(number: i64) -> String {
    format!("Student {number}")
}
pub fn heading(kinds: &[Kind]) -> String {
    let words: Vec<&str> = kinds.iter().map(|&kind| kind_name(kind)).collect();
    words.join(" · ")
}
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Preference => "Which is better?",
        Kind::Critique => "What is good or bad about it?",
        Kind::Refinement => "What should it have been?",
        Kind::Incorporation => "Does the new version heed the critique?",
        Kind::Grade => "Grade this answer",
    }
}
pub fn kind_short(kind: Kind) -> &'static str {
    match kind {
        Kind::Preference => "preference",
        Kind::Critique => "critique",
        Kind::Refinement => "refinement",
        Kind::Incorporation => "check of a refinement",
        Kind::Grade => "grade",
    }
}
pub fn announce(kinds: &[Kind], left: i64) -> String {
    format!("{} {left} left.", heading(kinds))
}

// what is done with it
pub const SUBMIT: &str = "Submit";
pub const SAVE_DRAFT: &str = "Save draft";
pub const SKIP: &str = "Skip";
pub const SKIP_WHY: &str = "Why? What you typed is kept; undo brings it back.";
pub const SKIP_OTHER: &str = "Another reason";
pub const FLAG: &str = "Flag";
pub const FLAGGED: &str = "Flagged";
pub const FLAG_WHAT: &str = "What is wrong with this item? You can still answer it.";
pub const FLAG_SEND: &str = "Flag this item";
pub const UNDO: &str = "Undo";
pub const GIVE_BACK: &str = "Give back";
pub const MORE: &str = "More";
pub const LAST_TEN: &str = "Your last ten";
pub const KEYS: &str = "Keys";
pub const DIFFERENCES: &str = "Show what differs";
pub const SCROLL_TOGETHER: &str = "Scroll together";
pub const SELECT_WORDS: &str = "Select words by keyboard";
pub const CRITIQUE_SELECTION: &str = "Critique the selected words";
pub fn progress(done: i64, left: i64) -> String {
    format!("{done} done · {left} left")
}
pub fn time_left(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil();
    if minutes < 90.0 {
        format!("about {minutes} min left")
    } else {
        format!("about {:.1} h left", minutes / 60.0)
    }
}

// notices
pub const SAVED: &str = "Your draft is saved.";
pub const FLAG_NOTED: &str = "The flag is noted. You can go on with this item.";
pub const LATE: &str =
    "Your time with this item had run out; it is yours again. What you had typed is here.";
pub fn returned(note: &str) -> String {
    format!("A reviewer asks you to look at this again: {note}")
}
pub const CHANGED: &str = "This item was saved in another tab or on another device. Nothing was overwritten. The form below holds what you typed here; what is kept there stands beneath this notice. Submit again to keep yours.";
pub const KEPT_THERE: &str = "What is kept";
pub const OTHER_ANSWER: &str =
    "You have answered this item already, in other words. Nothing was overwritten.";
pub const OTHER_ANSWER_WORDS: &str = "To change the answer that is kept, open it again.";
pub const TYPED_HERE: &str = "What you typed here";
pub const NOT_HELD: &str = "This item is not yours to answer, or another tab has moved on.";
pub const NOT_YOURS: &str = "This item is not in your hands";
pub const NOT_YOURS_WORDS: &str =
    "Items come to you through the queue, so that nobody answers twice or sees what others said.";
pub const REVIEWED: &str = "A reviewer has decided on this answer, so it cannot be undone. Tell the reviewer if it is wrong.";
pub const NOTHING_TO_UNDO: &str = "There is nothing of yours to undo.";
pub const ANSWERED: &str = "You have answered this item";
pub const SKIPPED: &str = "You have skipped this item";
pub const OPEN_AGAIN: &str = "Open it again";
pub const GO_ON: &str = "Go on with the queue";

// nothing to do
pub const ALL_DONE: &str = "All done";
pub const ALL_DONE_WORDS: &str = "You have answered everything there is for you. Thank you.";
pub const HELD: &str = "Others are working on the rest";
pub fn held_words(minutes: i64) -> String {
    match minutes {
        ..=1 => "What is not answered comes back in about a minute.".into(),
        n => format!("What is not answered comes back in at most {n} minutes. Come back then."),
    }
}
pub const NO_TASKS: &str = "There are no tasks yet";
pub const NO_TASKS_DATA: &str = "Import prompts and responses, and the queue fills itself.";
pub const NO_TASKS_WAIT: &str =
    "A researcher of this project has to import prompts and responses first.";
pub const TO_DATA: &str = "Go to the data";
pub const TRY_AGAIN: &str = "Look again";
pub const NO_HISTORY: &str = "You have not finished anything here yet.";
pub const HISTORY_WORDS: &str =
    "Each of these can be opened again; your answer comes back filled in.";
pub const WHEN: &str = "Finished";
pub const WHAT: &str = "Item";
pub const ASKED: &str = "Asked";
pub fn skipped_because(reason: &str) -> String {
    if reason.is_empty() {
        "skipped".into()
    } else {
        format!("skipped: {reason}")
    }
}

// preference
pub const STRENGTH: [&str; 7] = [
    "A far better",
    "A better",
    "A slightly",
    "Tie",
    "B slightly",
    "B better",
    "B far better",
];
pub const STRENGTH_SHORT: [&str; 7] = ["A+++", "A++", "A+", "=", "B+", "B++", "B+++"];
pub const BOTH_BAD: &str = "Both bad";
pub const OVERALL: &str = "Overall, which is better?";
pub const REASON: &str = "Why?";

// critique
pub fn remark(number: usize) -> String {
    format!("Remark {number}")
}
pub const REMARK_TEXT: &str = "What do you want to say?";
pub const ADD_REMARK: &str = "Add another remark";
pub const ABOUT: &str = "About";
pub const POLARITY: &str = "It is";
pub fn polarity(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Problem => "a problem",
        Polarity::Note => "a note",
        Polarity::Praise => "praise",
    }
}
pub const ASPECT: &str = "Aspect";
pub const ERROR_TYPE: &str = "Error type";
pub const NONE_CHOSEN: &str = "–";
pub const QUOTE: &str = "Quote";
pub const QUOTE_HINT: &str = "Words of the response, copied exactly. Empty: it is about the whole.";

// refinement
pub fn edit(label: &str) -> String {
    format!("Edit {label}")
}
pub const EDIT_HINT: &str =
    "Change only what has to change. Left as it is, it counts as not edited.";
pub const YOUR_REMARKS: &str = "Your remarks";
pub const NO_REMARKS: &str = "You have written no remark on this response.";
pub const DIFFERENCE: &str = "Difference";
pub const NO_CHANGE: &str = "No change yet.";
pub fn changes(added: usize, removed: usize) -> String {
    format!("{added} added, {removed} removed")
}

// incorporation
pub const CRITIQUE: &str = "The critique";
pub const REFINED: &str = "The new version";
pub const ORIGINAL: &str = "The response it was made from";
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Yes => "Yes, all of it",
        Verdict::Partly => "Partly",
        Verdict::No => "No",
    }
}
pub const MISSING: &str = "What is missing?";
pub const GONE: &str = "The refinement was withdrawn. Skip this item.";

// grade
pub const RUBRIC: &str = "Which of these does the answer meet?";
pub const NONE_MET: &str = "None of them";
pub const LABEL: &str = "Grade";
pub fn points(most: u32) -> String {
    format!("Points, 0 to {most}")
}
pub fn worth(points: f64) -> String {
    format!("{points:+}")
}
pub const FEEDBACK: &str = "Feedback to the student";

/// What a field is called in the list of mistakes.
pub fn field(name: &str) -> String {
    let mut parts = name.split('.');
    let kind = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    match (kind, &rest[..]) {
        ("preference", []) => kind_name(Kind::Preference).into(),
        ("preference", ["strength"]) => OVERALL.into(),
        ("preference", ["aspect", aspect @ ..]) => aspect.join("."),
        ("preference", ["reason"]) => REASON.into(),
        ("critique", []) => kind_name(Kind::Critique).into(),
        ("critique", [n, part]) => {
            let number = n.parse::<usize>().map_or(0, |n| n + 1);
            let part = match *part {
                "quote" => QUOTE,
                "response" => ABOUT,
                "polarity" => POLARITY,
                "aspect" => ASPECT,
                "error" => ERROR_TYPE,
                _ => return remark(number),
            };
            format!("{}, {part}", remark(number))
        }
        ("refinement", _) => kind_name(Kind::Refinement).into(),
        ("incorporation", ["note"]) => MISSING.into(),
        ("incorporation", _) => kind_name(Kind::Incorporation).into(),
        ("grade", ["points"]) => "Points".into(),
        ("grade", ["label"]) => LABEL.into(),
        ("grade", ["feedback"]) => FEEDBACK.into(),
        ("grade", _) => kind_name(Kind::Grade).into(),
        _ => name.to_owned(),
    }
}
