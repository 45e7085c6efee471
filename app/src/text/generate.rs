//! Words about letting models answer a project's prompts.

use domain::run::{Generate, JobState, Which};

pub const GENERATE: &str = "Generate";
pub const LEAD: &str = "Models answer this project’s prompts; their responses become tasks in the queue, so that people say what is right and wrong about them.";
pub const NOT_YET: &str = "Nothing to generate yet";
pub const NO_MODELS: &str = "No model that answers prompts is ready. Add one on the models page, or an outside server on the endpoints page.";
pub const NO_PROMPTS: &str = "This project has no prompts. Import some first.";
pub const MODELS: &str = "Models";
pub const PROMPTS: &str = "Prompts";
pub fn which(name: &str, all: i64) -> String {
    match name {
        "all" => format!("all {all}, also those it has answered"),
        "found" => "those that hold these words".into(),
        _ => "those it has not answered yet".into(),
    }
}
pub const WORDS: &str = "Words";
pub const WORDS_HINT: &str =
    "As in the search of the data page. Only for “those that hold these words”.";
pub const NOTHING_FOUND: &str = "no prompt holds these words";
pub const MOST: &str = "At most so many prompts";
pub const MOST_HINT: &str = "1 to 10,000, in the order in which they came.";
pub const SAMPLES: &str = "Responses to each prompt";
pub const SAMPLES_HINT: &str = "1 to 16. Two of one model can be compared with each other.";
pub const TASKS: &str = "Make tasks for the queue";
pub const TASKS_HINT: &str =
    "As the project’s settings ask: comparisons of pairs, critiques of single responses.";
pub const SAMPLING: &str = "Sampling";
pub const TEMPERATURE: &str = "Temperature";
pub const TEMPERATURE_HINT: &str =
    "0 always takes the likeliest token; higher is more varied. 0 to 5.";
pub const TOP_P: &str = "Top p";
pub const TOP_P_HINT: &str =
    "Only the likeliest tokens that together have this probability. 0.01 to 1.";
pub const MAX_TOKENS: &str = "Most tokens";
pub const MAX_TOKENS_HINT: &str = "A response is cut off here. 1 to 4096.";
pub const SEED: &str = "Seed";
pub const SEED_HINT: &str = "The same seed gives the same responses.";
pub const START: &str = "Generate";

pub const JOBS: &str = "What was asked for";
pub const MODEL: &str = "Model";
pub const STATE: &str = "State";
pub const RESPONSES: &str = "Responses";
pub const SINCE: &str = "Asked for";
pub const UNREADABLE: &str = "The request cannot be read. Ask for it again.";
pub const ENDPOINT_GONE: &str = "The endpoint was removed.";
pub const UNKNOWN: &str = "a model that was removed";
pub fn state(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "waiting",
        JobState::Leased => "running",
        JobState::Parked => "paused",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    }
}
pub fn progress(done: i64, total: i64) -> String {
    match total {
        0 => done.to_string(),
        n => format!("{done} of {n}"),
    }
}
pub fn progress_words(done: i64, total: i64) -> String {
    match (done, total) {
        (0, 0) => String::new(),
        (done, 0) => format!("{done} responses"),
        (done, total) => format!("{done} of {total} responses"),
    }
}
pub const BACK: &str = "Generate";
pub fn answers(model: &str) -> String {
    format!("Responses of {model}")
}
pub fn sampled(it: &Generate) -> String {
    let prompts = match &it.prompts {
        Which::Unanswered(most) => format!("up to {most} prompts it had not answered"),
        Which::These(ids) => format!("{} prompts", ids.len()),
    };
    format!(
        "{prompts}, {} to each; temperature {}, top p {}, at most {} tokens, seed {}",
        it.samples,
        it.sampling.temperature,
        it.sampling.top_p,
        it.sampling.max_tokens,
        it.sampling.seed
    )
}
pub const PROGRESS: &str = "Progress";
pub const TO_QUEUE: &str = "To the queue";
pub const TO_DATA: &str = "See the data";
pub const CANCEL: &str = "Cancel";
pub const OVER: &str = "It is over already.";
pub const REFRESHES: &str = "This page looks again by itself every 3 seconds.";
