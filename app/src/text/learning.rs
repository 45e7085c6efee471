//! Words that the pages about learning share.

pub const LEARNING: &str = "Learning";
pub const RUNS: &str = "Runs";
pub const MODELS: &str = "Models";
pub const GENERATE: &str = "Generate";
pub const PLAYGROUND: &str = "Playground";
pub const ENDPOINTS: &str = "Endpoints";
pub const TOKENS: &str = "API tokens";

pub const READY: &str = "The engine is ready.";
pub fn ready_on(device: &str, engines: usize) -> String {
    match engines {
        1 => format!("It runs on {device}."),
        n => format!("It runs on {device}; {n} engines work in all."),
    }
}
pub const BUILDING: &str = "The engine is being built.";
pub const BUILDING_WORDS: &str = "It joins by itself when it is done, which takes some minutes the first time. What you start now waits for it; people can go on annotating.";
pub const STARTING: &str = "The engine is starting.";
pub const STARTING_WORDS: &str = "It will take up what waits in a moment.";
pub const STOPPED: &str = "The engine stopped.";
pub fn stopped(why: &str) -> String {
    format!(
        "{} Whatever it worked on goes on from its last checkpoint when an engine is there again: start it with make run, or touchstone-engine work.",
        sentence(why)
    )
}
pub const NONE: &str = "No engine is running.";
pub const HOW_TO_START: &str = "What you start waits for one. It comes with make run; on another machine start it with touchstone-engine work and the same DATABASE_URL.";

/// With a full stop, whoever wrote it.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// Said when a watched run changes.
pub fn is_now(status: &str) -> String {
    format!("The run is {status} now.")
}
