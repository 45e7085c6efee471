//! The taxonomy.

use domain::taxonomy::{Count, Refused};

pub const LINK: &str = "Taxonomy";
pub const TITLE: &str = "Taxonomy";
pub const LEAD: &str = "What the prompts are about, as a tree. Each tree at the top is a facet: a prompt may stand in several. Reports follow this tree from the whole down to single prompts.";
pub const EMPTY: &str = "No taxonomy yet";
pub const EMPTY_WORDS: &str = "Import one from a JSON or CSV file, or begin with a facet by hand. Prompts that are imported with a topic make its nodes by themselves.";
pub const EMPTY_ASK: &str = "Somebody with the right to change data can make or import one.";
pub const IMPORT: &str = "Import";
pub const SAVE_JSON: &str = "Save as JSON";
pub const SAVE_CSV: &str = "Save as CSV";
pub const UNDO: &str = "Undo";
pub const LAST: &str = "Last change:";
pub const UNDONE: &str = "Taken back.";
pub const DONE: &str = "Done.";
pub const NOT_NEWEST: &str =
    "Somebody changed the tree meanwhile: only the newest change can be taken back.";
pub const FIND: &str = "Find a node";
pub const FIND_BUTTON: &str = "Find";
pub const FOUND_NONE: &str = "No node has these words in its name.";
pub const TREE: &str = "Tree";
pub const THIN: &str = "Thin nodes";
pub const THIN_BADGE: &str = "thin";
pub const THIN_WORDS: &str =
    "Leaves with few prompts: what is said of them is uncertain. Give them more, or merge them.";
pub const ENOUGH: &str = "Enough is";
pub const SHOW: &str = "Show";
pub const NOT_PLACED: &str = "Show prompts without a node";
pub const FACET: &str = "New facet";
pub const NAME: &str = "Name";
pub const ADD: &str = "Add";
pub const ADD_BELOW: &str = "Add a node below";
pub const HERE: &str = "Prompts on this node";
pub const HERE_NONE: &str = "No prompt stands on this very node.";
pub const BELOW: &str = "Nodes below";
pub const ASSIGN: &str = "Put prompts here";
pub const TAKE: &str = "Take those ticked from this node";
pub const TAKE_ONE: &str = "Take";
pub const CHANGE: &str = "Change this node";
pub const RENAME: &str = "Rename";
pub const MOVE: &str = "Move";
pub const MOVE_TO: &str = "Below which node";
pub const MOVE_HINT: &str = "Its path, e.g. Topics/Writing. Empty: it becomes a facet.";
pub const MERGE: &str = "Merge";
pub const MERGE_INTO: &str = "Into which node";
pub const MERGE_HINT: &str =
    "Its prompts and the nodes below it go there; two with the same name become one.";
pub const SPLIT: &str = "Split";
pub const SPLIT_INTO: &str = "Into which names, one a line";
pub const SPLIT_HINT: &str =
    "They stand beside each other in its place; its prompts stand on all of them.";
pub const DELETE: &str = "Delete";
pub const DELETE_WORDS: &str = "The nodes below it go too.";
pub const LEAVE_PARENT: &str = "Its prompts go to the node above";
pub const LEAVE_NONE: &str = "Its prompts stand on no node of this facet";
pub const PRUNE: &str = "Prune layers by rule";
pub const PRUNE_WORDS: &str = "A node that is its parent’s only child goes into it. Four levels stay; deeper ones only below nodes with five children and more. Prompts go to the node above.";
pub const NO_PATH: &str = "there is no node with this path";
pub const NO_ROOM: &str = "nothing is ticked";
pub const UPLOAD: &str = "Import a taxonomy";
pub const UPLOAD_WORDS: &str = "Nested JSON objects as Feedbacker publishes them, {\"writing\": {\"Email\": {}}}, or one path a line, writing/Email, which may be the first column of a CSV file. Nodes that are there stay as they are; others are added.";
pub const FILE: &str = "File";
pub const FILE_HINT: &str = "Up to 2 MB.";
pub const PASTE: &str = "Or its text";
pub const UNDER: &str = "Facet";
pub const UNDER_HINT: &str =
    "Everything goes below a facet of this name. Empty: the file’s first level are the facets.";
pub const NO_FILE: &str = "choose a file or paste its text";
pub const NOT_TEXT: &str = "is no text in UTF-8";
pub const MORE_PROBLEMS: &str = "and more";
pub const WORDS: &str = "Words";
pub const ONLY_UNPLACED: &str = "only prompts without a node";
pub const PUT_TICKED: &str = "Put those ticked here";
pub const PUT_ALL: &str = "Put all on this page here";
pub const IS_HERE: &str = "is here";
pub const NEXT_PAGE: &str = "Next page";
pub const NOTHING_FOUND: &str = "No prompt fits.";
pub const WAY: &str = "Where it stands";

pub fn counts(count: Count, placed: usize, all: i64) -> String {
    let some = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    format!(
        "{}, {}, {}. {placed} of {all} prompts stand on a node.",
        some(count.nodes, "node", "nodes"),
        some(count.leaves, "leaf", "leaves"),
        some(count.levels, "level", "levels"),
    )
}
pub fn prompts(n: usize) -> String {
    match n {
        0 => "no prompts".into(),
        1 => "1 prompt".into(),
        n => format!("{n} prompts"),
    }
}
pub fn open(name: &str) -> String {
    format!("Open “{name}”")
}
pub fn nodes(n: usize) -> String {
    match n {
        1 => "1 node below".into(),
        n => format!("{n} nodes below"),
    }
}
pub fn below(here: usize, below: usize) -> String {
    format!("{} on it or below it, {here} on it itself", prompts(below))
}
pub fn thin(n: usize, leaves: usize, enough: usize) -> String {
    format!("{n} of {leaves} leaves have fewer than {enough} prompts.")
}
pub fn first(shown: usize, all: usize) -> String {
    format!("The first {shown} of {all}.")
}
pub fn origin(origin: &str) -> &'static str {
    match origin {
        "hand" => "by hand",
        "model" => "by a model",
        "embedding" => "by embedding",
        _ => "imported",
    }
}
pub fn refused(refused: &Refused) -> String {
    refused.to_string()
}
pub fn added(name: &str, above: Option<&str>) -> String {
    above.map_or_else(
        || format!("Facet “{name}”"),
        |above| format!("“{name}” below {above}"),
    )
}
pub fn renamed(path: &str, name: &str) -> String {
    format!("{path} is called “{name}”")
}
pub fn moved(path: &str, to: Option<&str>) -> String {
    to.map_or_else(
        || format!("{path} is a facet"),
        |to| format!("{path} goes below {to}"),
    )
}
pub fn merged(path: &str, into: &str) -> String {
    format!("{path} merged into {into}")
}
pub fn split(path: &str, names: &str) -> String {
    format!("{path} split into {names}")
}
pub fn deleted(path: &str) -> String {
    format!("{path} deleted")
}
pub fn pruned(path: &str, edits: usize) -> String {
    format!("{path} pruned: {edits} changes")
}
pub fn imported(nodes: usize) -> String {
    format!("File with {nodes} nodes imported")
}
pub fn placed(n: usize, path: &str) -> String {
    format!("{} put on {path}", prompts(n))
}
pub fn taken(n: usize, path: &str) -> String {
    format!("{} taken from {path}", prompts(n))
}
pub fn place_prompt(number: i64) -> String {
    format!("Prompt {number}")
}
