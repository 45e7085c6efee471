//! A model narrates another's weaknesses; prompts under a node come first in the queue.

pub const TITLE: &str = "In a model’s words";
pub const WORDS: &str = "A model is given the numbers of the summary above and nothing else, and writes what they have in common. It can be wrong; the numbers that it was given stand below what it wrote.";
pub const CHOOSE: &str =
    "Choose a model above to read its summary, and to have a model narrate it.";
pub const WRITER: &str = "Written by";
pub const ASK: &str = "Have it written";
pub const NO_MODELS: &str = "No model can be asked yet: add one, or an endpoint.";
pub const TO_MODELS: &str = "Models";
pub const TO_ENDPOINTS: &str = "Endpoints";
pub const GIVEN: &str = "What it was given";
pub const PENDING: &str = "It is writing. Reload this page in a moment.";
pub const BROKE_OFF: &str = "It was cut off before it had written anything: the server was stopped, or the model never answered. Ask again.";
pub const EMPTY_REPLY: &str = "It answered with nothing.";
pub const ONE_MODEL: &str = "Choose the model that is to be narrated, and the one that writes.";

/// Who wrote it, and when.
pub fn by(writer: &str, minute: &str) -> String {
    format!("Written by the model {writer}, {minute} UTC")
}

pub const FIRST: &str = "Ask people first";
pub const FIRST_TITLE: &str = "First in the queue";
pub const USUAL: &str = "Put them back";
pub const TO_QUEUE: &str = "To the queue";
pub const BACK: &str = "Weaknesses";
pub fn first(tasks: u64, path: &str) -> String {
    match tasks {
        0 => format!(
            "No open task is left on the prompts under {path}: they are answered, they come first already, or they have fewer than two responses."
        ),
        1 => format!("One open task on the prompts under {path} now comes before all others."),
        n => format!("{n} open tasks on the prompts under {path} now come before all others."),
    }
}
pub fn usual(tasks: u64, path: &str) -> String {
    format!("{tasks} open tasks on the prompts under {path} wait in their usual place again.")
}
pub const FIRST_WORDS: &str =
    "What people say there can be learnt from at once: start a run on this node alone.";
