//! Models as judges.

use domain::judge::How;

pub const TITLE: &str = "Ask a judge";
pub const LEAD: &str = "A model compares or scores this project’s responses. What it says stands on the dashboards beside what people say, never counted together with it; the page “Judges” shows how far the two agree.";
pub const MODEL: &str = "Who judges";
pub const MODEL_HINT: &str = "Models that answer prompts, of this project and of its endpoints, and reward models. A judge that is also compared tends to like its own responses; the page “Judges” measures that.";
pub const HOW: &str = "How it is asked";
pub fn how(how: How) -> &'static str {
    match how {
        How::Pairwise => "Pairwise: two responses side by side, in both orders",
        How::Pointwise => "Pointwise: each response alone, 1 to 10",
        How::Pc2 => "PC²: criteria from three responses, then each response against the baseline",
        How::Reward => "Scores of a reward model",
    }
}
pub fn calls(how: &str, calls: usize, responses: usize) -> String {
    match calls {
        0 => format!(
            "{how} (not possible: no prompt has three responses of different models; the most is {responses})"
        ),
        1 => format!("{how} (1 call a prompt)"),
        n => format!("{how} (up to {n} calls a prompt)"),
    }
}
pub const ASPECT: &str = "Aspect";
pub const ASPECT_HINT: &str = "What alone is judged, e.g. accuracy. Empty: overall. Not for PC², which finds its own criteria.";
pub const AGAINST: &str = "Compared with";
pub const ALL_PAIRS: &str = "every pair";
pub const AGAINST_HINT: &str = "PC² needs one: its responses are the baseline.";
pub fn source(name: &str, prompts: i64) -> String {
    format!("{name} ({prompts} prompts)")
}
pub const SCALE: &str = "PC²’s marks";
pub const THREE: &str = "1 to 3 (as in the paper’s prompts)";
pub const FIVE: &str = "1 to 5 (as on its leaderboard)";
pub const MOST: &str = "At most so many prompts";
pub const MOST_HINT: &str =
    "In the order in which they came. What this judge has judged already is not asked again.";
pub const VERSION: &str = "Version";
pub const VERSION_HINT: &str = "If the judge changes under the same name, say which it is, e.g. 2026-05: another version is another judge, and the two can be compared.";
pub const SAMPLING: &str = "Sampling and cost";
pub const TEMPERATURE: &str = "Temperature";
pub const TEMPERATURE_HINT: &str = "0: the likeliest judgment.";
pub const MAX_TOKENS: &str = "Most tokens of a reply";
pub const SEED: &str = "Seed";
pub const PRICE_IN: &str = "Price of a million tokens read";
pub const PRICE_OUT: &str = "Price of a million tokens written";
pub const PRICE_HINT: &str = "In any currency; 0 where nothing is paid.";
pub const START: &str = "Ask";
pub const NOT_YET: &str = "Nobody can judge yet";
pub const NO_MODELS: &str = "Add a model on the models page, or an outside server on the endpoints page; training a reward model makes a judge, too.";
pub const NO_RESPONSES: &str =
    "No prompt has responses of two models yet. Import some, or let models answer.";
pub const TO_MODELS: &str = "To the models";
pub const TO_ENDPOINTS: &str = "To the endpoints";
pub const TO_GENERATE: &str = "Let models answer";
pub const NO_SUCH: &str = "there is no such model any more";
pub const REWARD_ONLY: &str =
    "a reward model can only give scores: choose “Scores of a reward model”";
pub const NO_REWARD: &str = "this model gives no scores of its own: choose a reward model";
pub const NO_SUCH_SOURCE: &str = "nothing was answered under this name";

pub const JOBS: &str = "What was asked for";
pub const BY: &str = "Judge";
pub const STATE: &str = "State";
pub const PROMPTS: &str = "Prompts";
pub const SINCE: &str = "Asked for";
pub fn judge(name: &str, version: &str, aspect: &str) -> String {
    match aspect {
        "" => format!("{name} ({version})"),
        aspect => format!("{name} ({version}): {aspect}"),
    }
}
pub const PROGRESS: &str = "Progress";
pub fn progress(done: i64, total: i64) -> String {
    format!("{done} of {total}")
}
pub fn progress_words(done: i64, total: i64, over: bool) -> String {
    match (done, total, over) {
        (0, _, true) => {
            "Nothing was left to judge: this judge has judged every prompt it can.".into()
        }
        (done, _, true) => format!("{done} prompts judged."),
        (_, 0, _) => "Not begun.".into(),
        (done, total, _) => format!("{done} of {total} prompts judged."),
    }
}
pub fn left(minutes: i64) -> String {
    match minutes {
        0 => "Less than a minute left.".into(),
        1 => "About a minute left.".into(),
        n => format!("About {n} minutes left."),
    }
}
pub const CALLS: &str = "Calls";
pub const UNREAD: &str = "Replies that cannot be read";
pub const UNREAD_HINT: &str =
    "They are kept and counted, never guessed: nothing is taken from them.";
pub const TOKENS: &str = "Tokens read and written";
pub const COST: &str = "Cost";
pub const CANCEL: &str = "Cancel";
pub const AGAIN: &str = "Ask for what is missing";
pub const TO_BOARD: &str = "To the leaderboard by this judge";
pub const TO_JUDGES: &str = "How far it agrees with people";
pub const OVER: &str = "This is over already.";
pub const REFRESHES: &str = "This page shows itself anew every few seconds.";
pub const EVERY_CALL: &str = "Every call";
pub const ONLY_UNREAD: &str = "only those that cannot be read";
pub const ALL_CALLS: &str = "all calls";
pub const PROMPT: &str = "Prompt";
pub const ABOUT: &str = "About";
pub const ASKED: &str = "What was asked";
pub const REPLY: &str = "What came back";
pub const OLDER: &str = "Older calls";
pub const BACK: &str = "All judges’ jobs";

pub const UNREADABLE: &str = "The request cannot be read. Ask for it again.";
pub const GONE: &str = "The judge is gone: its model or its endpoint was removed.";
pub const CRITERIA: &str = "criteria";
pub const REWARDS: &str = "rewards";
pub fn baseline(source: &str) -> String {
    format!("{source}, the baseline")
}
pub fn against(first: &str, second: &str) -> String {
    format!("{first} first, {second} second")
}
pub fn both_orders(first: &str, second: &str) -> String {
    format!("In this order:\n{first}\n\nWith places changed:\n{second}")
}
pub fn rewards(both: [(&str, f64); 2]) -> String {
    let [(one, first), (other, second)] = both;
    format!("{one}: {first:.3}\n{other}: {second:.3}")
}
