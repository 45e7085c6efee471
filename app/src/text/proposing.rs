//! Models that propose for the tree.

use domain::taxonomy::build::{Left, Why};
use domain::taxonomy::place::Check;
use domain::taxonomy::{Placing, Request, Task, Wish};

pub const LINK: &str = "Let a model propose";
pub const LINK_PLACE: &str = "Let a model put prompts below";
pub const LINK_WRITE: &str = "Let a model write prompts for them";
pub const TITLE: &str = "Let a model propose";
pub const LEAD: &str = "A model proposes, you accept: nothing in the tree changes before. What you accept together is one change, which can be taken back like any other.";
pub const TASKS: &str = "What is proposed";
pub fn task(task: Task) -> &'static str {
    match task {
        Task::Insert => "Places for new names",
        Task::Refine => "A tidier tree",
        Task::Place => "Leaves for prompts",
        Task::Write => "New prompts",
    }
}
pub fn task_words(task: Task) -> &'static str {
    match task {
        Task::Insert => {
            "For each new name the model sees the tree level by level, from the node you choose down, and says whether it is there already, is added, or belongs further below."
        }
        Task::Refine => {
            "Level by level below the node you choose, the model says what is split, put below another, merged, deleted or kept. One call a level with two nodes or more."
        }
        Task::Place => {
            "Prompts that have no leaf below the node you choose find one: a model is asked level by level, or the nearest leaf by embedding is taken. Prompts that people placed already are tried first, as if they had no place, so that you see how often that is right."
        }
        Task::Write => {
            "For leaves with few prompts: a model writes new ones from four of yours, one for the kind of task and three for real details, then answers seven questions about each; borderline counts as no. What you accept becomes a prompt that says a model wrote it."
        }
    }
}
pub const NO_MODELS: &str = "Nobody can be asked yet";
pub const NO_MODELS_WORDS: &str =
    "Add a model on the models page, or an outside server on the endpoints page.";
pub const NO_TREE: &str = "There is no tree yet";
pub const NO_TREE_WORDS: &str =
    "Import a taxonomy or begin with a facet; then a model can add to it.";
pub const TO_TREE: &str = "To the taxonomy";
pub const MODEL: &str = "Who is asked";
pub const MODEL_PLACE: &str = "Who is asked, or makes the vectors";
pub const MODEL_HINT: &str = "Models that answer prompts, of this project and of its endpoints.";
pub const MODEL_PLACE_HINT: &str =
    "An encoder makes vectors only; other models can be asked, and most make vectors, too.";
pub fn encoder(name: &str) -> String {
    format!("{name} (encoder)")
}
pub const NODE: &str = "Below which node";
pub const NODE_HINT: &str = "Choose a facet to begin at its top.";
pub const NAMES: &str = "New names, one a line";
pub const NAMES_HINT: &str = "Up to 500. A name that stands on the level already needs no call.";
pub const FROM_TAGS: &str = "Take the type tags of the prompts";
pub fn tags_taken(taken: usize, all: usize) -> String {
    match all {
        0 => "No prompt has tags that are not in the tree.".into(),
        all if taken < all => {
            format!("The {taken} most frequent of {all} tags that are not in the tree stand below.")
        }
        all => format!("{all} tags that are not in the tree stand below."),
    }
}
pub const BY: &str = "How";
pub fn by(by: Placing) -> &'static str {
    match by {
        Placing::Model => "Ask level by level",
        Placing::Embedding => "The nearest by embedding",
    }
}
pub const WHICH: &str = "Which prompts";
pub const WHICH_NONE: &str = "those on no node of this facet";
pub const WHICH_HERE: &str = "those on this very node";
pub const MOST: &str = "At most so many prompts";
pub const CHECK: &str = "Placed prompts to try";
pub const CHECK_HINT: &str =
    "Up to 200, put there by people or files. By embedding 200 are tried without further vectors.";
pub const THIN: &str = "For which nodes";
pub fn thin(prompts: usize) -> String {
    match prompts {
        0 => "no prompts yet".into(),
        1 => "1 prompt".into(),
        n => format!("{n} prompts"),
    }
}
pub const NO_THIN: &str =
    "No leaf has fewer prompts than that. Ask for more on the taxonomy’s page, under “Thin nodes”.";
pub const EACH: &str = "New prompts for each";
pub const EACH_HINT: &str = "Two calls each; the facet needs four prompts to write from.";
pub const SAMPLING: &str = "Sampling and cost";
pub const START: &str = "Ask";
pub const NO_SUCH: &str = "there is no such model any more";
pub const NO_NODE: &str = "there is no such node any more";
pub const NOTHING_BELOW: &str = "has no nodes below it, so there is nothing to choose from";
pub const ONE_BELOW: &str = "has no level with two nodes below it, so there is nothing to tidy";
pub const ENCODER_ANSWERS_NOT: &str =
    "an encoder answers no questions: choose another model, or “The nearest by embedding”";
pub const NO_REWARD: &str = "a reward model answers no questions";

pub const JOBS: &str = "What was asked for";
pub const ABOUT: &str = "What for";
pub const STATE: &str = "State";
pub const PROGRESS: &str = "Progress";
pub const SINCE: &str = "Asked for";
pub fn open(n: i64) -> String {
    match n {
        1 => "1 proposal waits for you".into(),
        n => format!("{n} proposals wait for you"),
    }
}
/// What a job is about, e.g. “Places for 12 new names below Topics”.
pub fn about(request: &Request) -> String {
    let below = &request.about;
    match &request.wish {
        Wish::Insert { names, .. } if names.len() == 1 => {
            format!("A place for “{}” below {below}", names[0])
        }
        Wish::Insert { names, .. } => {
            format!("Places for {} new names below {below}", names.len())
        }
        Wish::Refine { .. } => format!("A tidier tree below {below}"),
        Wish::Place { by, .. } => {
            let how = match by {
                Placing::Model => "by asking",
                Placing::Embedding => "by embedding",
            };
            format!("Leaves for prompts below {below}, {how}")
        }
        Wish::Write { each, .. } => match each {
            1 => format!("A new prompt for {below}"),
            each => format!("{each} new prompts for {below}"),
        },
    }
}
pub fn several(first: &str, more: usize) -> String {
    match more {
        0 => first.to_owned(),
        1 => format!("{first} and 1 more, each"),
        n => format!("{first} and {n} more, each"),
    }
}
pub const BACK: &str = "All that was asked for";
pub fn model(name: &str) -> String {
    format!("By {name}.")
}
pub fn progress(done: i64, total: i64) -> String {
    match total {
        0 => "Not begun.".into(),
        total => format!("{done} of {total} done."),
    }
}
pub const CANCEL: &str = "Cancel";
pub const CANCELLED: &str = "What was proposed until then stands below.";
pub const REFRESHES: &str = "This page shows itself anew every few seconds.";
pub const DECIDE_NOW: &str = "Decide on those so far";
pub const WATCH: &str = "Watch it go on";
pub const OVER: &str = "This is over already.";
pub const AGAIN: &str = "Ask again";

pub const VIEWS: &str = "Proposals";
pub fn view(name: &str, n: i64) -> String {
    let words = match name {
        "open" => "Waiting",
        "accepted" => "Accepted",
        "declined" => "Declined",
        "left" => "Came to nothing",
        _ => "Calls",
    };
    format!("{words} ({n})")
}
pub fn none(name: &str) -> &'static str {
    match name {
        "open" => "Nothing waits for you here.",
        "accepted" => "Nothing was accepted yet.",
        _ => "Nothing was declined.",
    }
}
pub const NONE_YET: &str = "Nothing was proposed yet.";
pub const TICK: &str = "Tick";
pub const ACCEPT: &str = "Accept";
pub const DECLINE: &str = "Decline";
pub const ACCEPT_TICKED: &str = "Accept those ticked";
pub const DECLINE_TICKED: &str = "Decline those ticked";
pub const ACCEPT_ALL: &str = "Accept all";
pub const DECLINE_ALL: &str = "Decline all";
pub const FROM: &str = "Accept from";
pub fn from_hint(wish: &Wish) -> &'static str {
    match wish {
        Wish::Write { .. } => "so many of seven questions answered with yes",
        Wish::Place {
            by: Placing::Embedding,
            ..
        } => "so far ahead of the second",
        _ => "so sure, 0 to 100",
    }
}
pub const REOPEN: &str = "Put them back";
pub const REPLY: &str = "What the model wrote";
pub fn refused(why: &str) -> String {
    format!("Could not be done: {why}. It may stand on a proposal that is not accepted.")
}
pub fn sure(share: f64) -> String {
    format!("{:.0} sure", share * 100.0)
}
pub fn near(cosine: f64, margin: f64) -> String {
    format!("cosine {cosine:.3}, {margin:.3} ahead")
}
pub fn ahead_of(path: &str) -> String {
    format!("of {path}")
}
pub fn yes(n: usize) -> String {
    format!("{n} of 7")
}
pub const NOT_JUDGED: &str = "not judged";
pub const QUESTIONS: &str = "The seven questions";
pub fn answer(yes: bool, said: &str) -> String {
    match (yes, said) {
        (false, "borderline") => "borderline, counts as no".into(),
        (_, said) => said.to_owned(),
    }
}
pub const NODE_NOW_GONE: &str = "a node that is gone";
pub fn number(n: i64) -> String {
    format!("Prompt {n}")
}
pub const NO_RESPONSES: &str = "New prompts have no responses yet; when models answer them, tasks are made as the project’s settings ask.";
pub const TO_GENERATE: &str = "Let models answer";
pub fn decided(done: &str, refused: &str) -> String {
    let done = match done {
        "1" => "1 proposal is accepted".to_owned(),
        n => format!("{n} proposals are accepted"),
    };
    match refused {
        "0" | "" => format!("{done}. The taxonomy’s page can take it back."),
        "1" => format!("{done}; 1 could not be done, see below."),
        n => format!("{done}; {n} could not be done, see below."),
    }
}
pub const NOTHING_TICKED: &str = "Nothing was ticked.";
/// The edit of the tree that accepting is, in words.
pub fn edit(all: &[String], by: &str) -> String {
    match all {
        [one] => format!("{one} (proposed by {by})"),
        all => format!("{} proposals by {by}", all.len()),
    }
}
pub fn check(check: &Check, low: f64, high: f64) -> String {
    let share = |part: f64| format!("{:.0} %", part * 100.0);
    let of = check.of as f64;
    format!(
        "Tried on {} prompts that people placed: {} right ({}, 95 % interval {} to {}). Always the fullest leaf would be right for {}.",
        check.of,
        check.right,
        share(check.right as f64 / of),
        share(low),
        share(high),
        share(check.fullest as f64 / of),
    )
}
pub const NO_CHECK: &str =
    "No prompt that people placed could be tried: nothing says how often this is right.";
pub fn left(left: &Left) -> (&str, String) {
    let why = match &left.why {
        Why::Exists => "is in the tree already, or is no category".to_owned(),
        Why::Unread(reply) if reply.is_empty() => "no reply could be read".to_owned(),
        Why::Unread(reply) => format!("no reply could be read; the last was: {reply}"),
        Why::NoneFits => "the model finds that nothing fits".to_owned(),
        Why::TooFew => "too few prompts to write from: the facet needs four".to_owned(),
    };
    (&left.about, why)
}

pub const UNREADABLE: &str = "The request cannot be read. Ask for it again.";
pub const GONE: &str = "The model is gone, or its endpoint was removed.";
pub const NODE_GONE: &str = "The node is not in the tree any more.";
pub const NO_PROMPT: &str = "there is no <prompt>…</prompt> in the reply";
pub const NO_ANSWERS: &str = "the seven questions have no seven answers";
pub fn prompt(number: i64) -> String {
    format!("Prompt {number}")
}
pub fn writing(path: &str) -> String {
    format!("writing for {path}")
}
pub fn judging(path: &str) -> String {
    format!("the seven questions, for {path}")
}
pub fn new_prompt(path: &str) -> String {
    format!("A new prompt on {path}")
}
pub fn written_and_judged(written: &str, judged: &str) -> String {
    format!("{written}\n\n{judged}").trim_end().to_owned()
}
