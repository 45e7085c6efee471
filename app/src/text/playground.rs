//! Words of the playground.

pub const PLAYGROUND: &str = "Playground";
pub const NO_MODELS: &str = "No model to talk to";
pub const NO_MODELS_WORDS: &str =
    "Add a model on the models page, or an outside server on the endpoints page.";
pub fn model(side: &str) -> String {
    format!("Model {side}")
}
pub fn response(side: &str) -> String {
    format!("Response {side}")
}
pub const PROMPT: &str = "Prompt";
pub const PROMPT_HINT: &str = "Both models answer it.";
pub const ANSWER: &str = "Answer";
pub const STOP: &str = "Stop";
pub const MORE: &str = "Sampling, and prompts of the project";
pub const TEMPERATURE: &str = "Temperature";
pub const TOP_P: &str = "Top p";
pub const MAX_TOKENS: &str = "Most tokens";
pub const SEED: &str = "Seed";
pub const NUMBER: &str = "Number of a prompt of this project";
pub const TAKE: &str = "Take it";
pub const NO_SUCH_PROMPT: &str = "the project has no prompt of this number";
pub const NO_SUCH_MODEL: &str = "this model cannot be used any more; choose another";
pub const NO_SIDE: &str = "The request names no side.";
pub const NOTHING_YET: &str = "Nothing said yet.";
pub const WHICH: &str = "Which is better?";
pub const WHICH_HINT: &str =
    "One press saves it as a preference, with the prompt and both responses.";
pub const REASON: &str = "Why, if you like to say";
pub const NO_ANSWER: &str = "there is no answer to compare yet";
pub const THE_SAME: &str = "both are the same response of the same model: nothing to prefer";
pub const SAVED: &str = "Saved as a preference.";
pub const SEE_IT: &str = "See it";

pub const HEAT: &str = "What a reward model makes of it";
pub const HEAT_WORDS: &str = "Each part is coloured by how far the reward falls without it (occlusion): underlined parts raise it, parts underlined with a wave lower it.";
pub const REWARD_MODEL: &str = "Reward model";
pub const NO_REWARD: &str = "none";
pub const PARTS: &str = "Parts";
pub const WORDS: &str = "words";
pub const SEGMENTS: &str = "segments";
pub const SHOW_HEAT: &str = "Show its heat";
pub fn reward(value: &str) -> String {
    format!("Reward {value}")
}
pub const RAISES: &str = "Raises it most:";
pub const LOWERS: &str = "Lowers it most:";
pub fn by(method: &str) -> String {
    match method {
        "gradient" => "By gradient: how the reward would change with each part.".into(),
        "" => "The engine did not say how it found the parts’ shares.".into(),
        other => format!("By {other}: the reward with the part, less the reward without it."),
    }
}

/// Said by the island.
pub const SPEAKING: &str = "Both models answer.";
pub const DONE: &str = "Both have answered. Which is better?";
pub const BROKE: &str = "An answer could not be had.";
pub const STOPPED: &str = "Stopped.";
pub const LOST: &str = "The connection broke off. What you typed is still here; try again.";
