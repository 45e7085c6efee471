//! Browsing, importing and exporting data.

use domain::export::Format as Export;
use domain::import::{Format, Role};
use domain::{Kind, Provenance};

pub const DATA: &str = "Data";
pub const IMPORT: &str = "Import";
pub const EXPORT: &str = "Export";
pub fn counts([prompts, responses, annotations]: [i64; 3]) -> String {
    format!("{prompts} prompts, {responses} responses, {annotations} annotations")
}
pub const EMPTY: &str = "No prompts yet";
pub const EMPTY_WORDS: &str = "Import a file of prompts and responses: JSON Lines, JSON or CSV. What you see before anything is written is a preview.";
pub const EMPTY_ASK: &str = "A researcher of this project can import prompts and responses.";
pub const NOTHING_FOUND: &str = "Nothing fits";
pub const NOTHING_FOUND_WORDS: &str =
    "Search for fewer words, or ask for less in the filters. A word finds all that begin with it.";
pub const SEARCH: &str = "Search";
pub const SEARCH_LABEL: &str = "Words in prompts, responses and feedback";
pub const FILTER: &str = "Show";
pub const ANY: &str = "any";
pub const SOURCE: &str = "Source";
pub const LANGUAGE: &str = "Language";
pub const TOPIC: &str = "Topic";
pub const KIND: &str = "Kind of feedback";
pub const PROVENANCE: &str = "Feedback by";
pub const FEEDBACK: &str = "Feedback";
pub const HAS: &str = "has some";
pub const HAS_NONE: &str = "has none";
pub const CLEAR: &str = "Clear";
pub const NEXT_PAGE: &str = "Next page";
pub const FIRST_PAGE: &str = "First page";
pub fn found(count: usize) -> String {
    format!("{count} prompts hold these words")
}
pub fn responses(count: i64) -> String {
    match count {
        1 => "1 response".into(),
        n => format!("{n} responses"),
    }
}
pub fn annotations(count: i64) -> String {
    match count {
        0 => "no feedback".into(),
        1 => "1 annotation".into(),
        n => format!("{n} annotations"),
    }
}

pub fn prompt(number: i64) -> String {
    format!("Prompt {number}")
}
pub const BACK: &str = "All prompts";
pub const PLAYGROUND: &str = "Ask models in the playground";
pub const CONVERSATION: &str = "Conversation";
pub const REFERENCE: &str = "Reference answer";
pub const RUBRIC: &str = "Rubric";
pub const METADATA: &str = "What the file said besides";
pub const RESPONSES: &str = "Responses";
pub const SAID: &str = "Feedback";
pub const NOTHING_SAID: &str = "Nobody has said anything about these responses yet.";
pub const REPLACED: &str = "replaced or withdrawn";
pub const HIDDEN: &str = "Names are hidden while the project is blind.";
pub fn response(letter: char) -> String {
    format!("Response {letter}")
}
pub fn somebody(number: usize) -> String {
    format!("Annotator {number}")
}
pub fn role(name: &str) -> &'static str {
    match name {
        "system" => "System",
        "assistant" => "Assistant",
        "tool" => "Tool",
        _ => "User",
    }
}
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Preference => "Preference",
        Kind::Critique => "Critique",
        Kind::Refinement => "Refinement",
        Kind::Incorporation => "Check of a refinement",
        Kind::Grade => "Grade",
    }
}
pub fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Person => "people",
        Provenance::Machine => "a machine",
        Provenance::Simulated => "a simulation",
    }
}
pub fn seconds(seconds: f64) -> String {
    format!("{seconds:.0} s")
}
/// How much better, in words.
pub fn strength(size: u8) -> &'static str {
    match size {
        1 => "slightly better",
        2 => "clearly better",
        _ => "far better",
    }
}
pub const TIE: &str = "equally good";
pub const BOTH_BAD: &str = "both bad";
pub fn points(points: f64) -> String {
    format!("{points} points")
}

pub const UPLOAD: &str = "Import a file";
pub const UPLOAD_WORDS: &str = "Nothing is written before you have seen how the file is read. JSON Lines, JSON or CSV, packed with gzip or not: OpenAI chat messages, TRL preference and completion data, AlpacaEval outputs and annotations, a Touchstone export, or any table whose columns you map.";
pub const FILE: &str = "A file";
pub fn limit(megabytes: usize) -> String {
    format!(
        "Up to {megabytes} MB. Larger files: split them, or use the command line, touchstone import."
    )
}
pub const PASTE: &str = "Or paste its text";
pub const CONTINUE: &str = "Continue to the preview";
pub const NO_FILE: &str = "Choose a file or paste some text";
pub const EARLIER: &str = "Earlier imports";
pub const PASTED: &str = "pasted";

pub const PREVIEW: &str = "Preview";
pub const NOTHING_WRITTEN: &str = "Nothing has been written yet.";
pub const FORMAT: &str = "What the rows are";
pub fn format(format: Format) -> &'static str {
    match format {
        Format::Columns => "Columns that I map below",
        Format::Chat => "OpenAI chat messages (messages)",
        Format::Preference => "Preferences (prompt, chosen, rejected)",
        Format::Completion => "Prompts, perhaps with completions (prompt, completion)",
        Format::AlpacaOutputs => "AlpacaEval outputs (instruction, output, generator)",
        Format::AlpacaAnnotations => "AlpacaEval annotations (output_1, output_2, preference)",
        Format::Record => "Touchstone’s own export",
    }
}
pub const COLUMNS: &str = "Columns";
pub const COLUMN_NAME: &str = "Column";
pub const COLUMN_ROLE: &str = "Means";
pub fn column(role: Role) -> &'static str {
    match role {
        Role::Metadata => "kept as metadata",
        Role::Ignore => "left out",
        Role::Id => "identifier of the prompt",
        Role::Prompt => "prompt or question",
        Role::System => "system message",
        Role::Context => "text below the prompt",
        Role::Response => "response or answer",
        Role::Source => "source (model or person)",
        Role::Student => "student",
        Role::Chosen => "chosen response",
        Role::Rejected => "rejected response",
        Role::Winner => "which response is better",
        Role::Reference => "reference answer",
        Role::Language => "language",
        Role::Topic => "topic (path in the taxonomy)",
        Role::Maximum => "most points possible",
        Role::Critique => "critique",
        Role::Polarity => "critique’s polarity",
        Role::Refinement => "refinement",
        Role::Label => "grade’s label",
        Role::Points => "grade’s points",
        Role::Feedback => "feedback to the student",
        Role::Annotator => "who gave the feedback",
    }
}
pub const DEFAULT_SOURCE: &str = "Source of responses whose row names none";
pub const WHO: &str = "Who gave the feedback in the file";
pub const USUAL: &str =
    "as usual for this format (machines for AlpacaEval annotations, else people)";
pub const LOOK_AGAIN: &str = "Update the preview";
pub const ROWS_READ: &str = "The first rows as they will be read";
pub const PROBLEMS: &str = "Problems";
pub fn problems_so_far(bad: usize, rows: usize) -> String {
    format!("{bad} of the first {rows} rows have problems")
}
pub fn no_problems(rows: usize) -> String {
    format!("No problems in the first {rows} rows")
}
pub const LINE: &str = "Line";
pub const FIELD: &str = "Field";
pub const REASON: &str = "Problem";
pub const BAD_ROWS: &str = "If rows are bad";
pub const ALL_OR_NOTHING: &str = "write nothing at all";
pub const GOOD_ROWS: &str = "write the good rows";
pub const MAKE_TASKS: &str = "Make tasks for the queue, as the project’s settings ask";
pub const RUN: &str = "Import";

pub const RUNNING: &str = "Importing";
pub fn progress(rows: i64, percent: i64) -> String {
    format!("{rows} rows read, {percent} % of the file")
}
pub const REFRESHES: &str = "This page looks again every two seconds. You may leave it.";
pub const DONE: &str = "Imported";
pub const FAILED: &str = "The import stopped";
pub const NEW: &str = "new";
pub const KNOWN: &str = "there already";
pub const PROMPTS: &str = "Prompts";
pub const ANNOTATIONS: &str = "Annotations";
pub const TASKS: &str = "Tasks";
pub const ROWS: &str = "Rows read";
pub const ROWS_BAD: &str = "Rows with problems";
pub const PROBLEMS_FILE: &str = "Problems as CSV";
pub const SEE_DATA: &str = "See the data";
pub const ANOTHER: &str = "Import another file";
pub const CHANGE: &str = "Change how the file is read";
pub const WAITS: &str = "waits for you";
pub const RUNS: &str = "running";
pub const IS_DONE: &str = "done";
pub const STOPPED: &str = "stopped";
pub const ONLY_GOOD: &str = "Import the good rows and leave the bad ones out";
pub const FILE_GONE: &str = "The file is no longer in the data folder; please upload it again.";

pub const EXPORT_WHAT: &str = "What";
pub const EXPORT_WHOSE: &str = "Whose feedback";
pub const EXPORT_WHOSE_WORDS: &str =
    "Training sets and tables hold what you tick; each line of the full record says its own.";
pub const LICENCE: &str = "Licence, for the data card";
pub const DOWNLOAD: &str = "Download";
/// A format's name and what it is for.
pub fn export(format: Export) -> (&'static str, &'static str) {
    match format {
        Export::Record => (
            "Full record (JSONL)",
            "Everything, history included. Importing it into an empty project gives this project again.",
        ),
        Export::Preference => (
            "Preferences, TRL (JSONL)",
            "prompt, chosen, rejected as texts; ties are left out.",
        ),
        Export::PreferenceChat => (
            "Preferences, TRL conversational (JSONL)",
            "The same as lists of messages, for chat models.",
        ),
        Export::Completion => (
            "Refinements, TRL prompt-completion (JSONL)",
            "prompt and the refined response as texts.",
        ),
        Export::CompletionChat => (
            "Refinements, TRL prompt-completion conversational (JSONL)",
            "The same as lists of messages.",
        ),
        Export::Critiques => (
            "Critiques (JSONL)",
            "Each remark with its prompt, response, polarity, aspect and quote.",
        ),
        Export::Grades => (
            "Grades (CSV)",
            "Question, reference, student, answer, grade and feedback, for a spreadsheet.",
        ),
        Export::Card => (
            "Data card (Markdown)",
            "What the data is: counts, annotators, agreement, dates, licence, hash.",
        ),
    }
}
pub fn written_by(model: &str) -> String {
    format!("written by a model: {model}")
}
pub const WRITTEN: &str = "written by a model";
