//! Words about runs: the list, starting one, watching it, comparing some.

use domain::Provenance;
use domain::method::Method;
use domain::run::{Counts, Status, TooLittle};

pub const RUNS: &str = "Runs";
pub const LEAD: &str =
    "A run takes the feedback as it stands and teaches it to a model by one method.";
pub const NEW: &str = "Start a run";
pub const NONE: &str = "No runs yet";
pub const NONE_WORDS: &str = "A run learns from this project’s feedback: a reward model from preferences, a better policy from chosen answers, refinements or critiques. Collect feedback in the queue, then start one.";
pub const NONE_ASK: &str = "A researcher of this project can start one.";
pub const COMPARE: &str = "Compare";
pub const COMPARE_HINT: &str = "Tick two or more runs to lay their curves over each other.";
pub fn choose(name: &str) -> String {
    format!("Compare {name}")
}
pub const NAME: &str = "Name";
pub const METHOD: &str = "Method";
pub const BASE: &str = "Base model";
pub const STATUS: &str = "Status";
pub const RESULT: &str = "Held-out result";
pub const WHO: &str = "Started by";
pub const WHEN: &str = "When";
pub const NOBODY: &str = "–";

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Queued => "waiting",
        Status::Running => "running",
        Status::Paused => "paused",
        Status::Cancelled => "cancelled",
        Status::Done => "done",
        Status::Failed => "failed",
    }
}
pub fn status_class(status: Status) -> &'static str {
    match status {
        Status::Done => "badge good",
        Status::Failed => "badge bad",
        Status::Running | Status::Paused => "badge gold",
        Status::Queued | Status::Cancelled => "badge",
    }
}
pub fn method(method: Method) -> &'static str {
    match method {
        Method::RewardModel => "Reward model",
        Method::Sft => "Supervised fine-tuning",
        Method::Dpo => "DPO",
        Method::Kto => "KTO",
        Method::BestOfN => "Best of n",
        Method::Ilf => "ILF",
    }
}
pub fn method_words(method: Method) -> &'static str {
    match method {
        Method::RewardModel => {
            "Learns from preferences to give any response a score: for best of n, for heat on words, to order the queue. Bradley and Terry (1952), Ouyang et al. (2022)."
        }
        Method::Sft => {
            "Imitates what people chose, rewrote or wrote themselves. The plainest way to a better policy."
        }
        Method::Dpo => {
            "Raises what people preferred against what they did not, without a reward model. Rafailov et al. (2023) and its named variants: cDPO, robust, IPO, hinge, SimPO, ORPO."
        }
        Method::Kto => {
            "Learns from responses that were found good or bad, one by one; needs no pairs. Ethayarajh et al. (2024)."
        }
        Method::BestOfN => {
            "Samples n responses, keeps the one a reward model likes best, and imitates it (expert iteration)."
        }
        Method::Ilf => {
            "Learns from the words of critiques: the model rewrites its responses as the critiques ask, the best rewriting is imitated. Scheurer et al. (2023)."
        }
    }
}
pub fn has(method: Method, counts: &Counts) -> String {
    match method {
        Method::RewardModel | Method::Dpo => {
            format!("{} preferences, {} ties", counts.pairs, counts.ties)
        }
        Method::Sft => format!(
            "{} chosen responses, {} refinements, {} demonstrations",
            counts.pairs, counts.refinements, counts.demonstrations
        ),
        Method::Kto => format!(
            "{} responses found good, {} found bad",
            counts.desirable, counts.undesirable
        ),
        Method::BestOfN => format!("{} prompts with feedback", counts.prompts),
        Method::Ilf => format!("{} critiques", counts.critiques),
    }
}
pub const ENOUGH: &str = "enough to start";
pub const TOO_LITTLE: &str = "too little yet";
pub fn too_little(it: &TooLittle) -> String {
    format!("needs {} {}", it.needs, it.what)
}
pub const CHOOSE_METHOD: &str = "How should it learn?";
pub fn counted(provenances: &str) -> String {
    format!("Counted: feedback by {provenances}.")
}
pub const CHOOSE: &str = "Choose";

pub const BACK: &str = "All runs";
pub const OTHER_METHOD: &str = "Another method";
pub const NAME_HINT: &str = "What you will know it by. Empty: the method’s name.";
pub const BASE_HINT: &str = "The model that learns. It stays as it is: the run makes a new one.";
pub const REWARD: &str = "Reward model";
pub const REWARD_HINT: &str = "Judges the samples.";
pub const REWARD_FOR_ILF: &str =
    "Selects among the refinements, where the setting “Who selects” says that a reward model does.";
pub const NO_REWARD_MODEL: &str = "none";
pub const NO_MODELS: &str = "No model is here yet. Add one on the models page first.";
pub const NO_REWARD: &str = "No reward model is here yet. Train one first: method “Reward model”.";
pub const WHOSE: &str = "Whose feedback";
pub const WHOSE_HINT: &str =
    "People only, unless you tick more. What was used stands on the run and on the model’s card.";
pub fn provenance(it: Provenance) -> &'static str {
    match it {
        Provenance::Person => "people",
        Provenance::Machine => "machine judges",
        Provenance::Simulated => "simulated annotators",
    }
}
pub const COUNT_AGAIN: &str = "Count again";
pub const UNDER: &str = "Only the prompts under";
pub const EVERYTHING: &str = "Learn from everything";
pub fn under(path: &str) -> String {
    format!("It learns only from feedback on the prompts under “{path}”.")
}
pub const DATA_NOW: &str = "Feedback at hand";
pub const SETTINGS: &str = "Settings";
pub const MORE: &str = "More settings";
pub const SEED: &str = "Seed";
pub const SEED_HINT: &str = "The same seed, data and settings give the same run.";
pub const START: &str = "Start";
pub fn range(min: &str, max: &str) -> String {
    format!("{min} to {max}")
}
pub const UNKNOWN_METHOD: &str = "There is no such method.";
pub const CLONED: &str = "Everything as in that run, but for the data, which is taken as it stands now. Change what you like.";

pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Resume";
pub const RETRY: &str = "Try again from the last checkpoint";
pub const CANCEL: &str = "Cancel";
pub const CANCEL_WORDS: &str = "It stops for good; its curves stay.";
pub const CLONE: &str = "Clone with a change";
pub const REFRESH: &str = "Look again";
pub const KEEP_REFRESHING: &str = "Look again every 5 seconds";
pub const STOP_REFRESHING: &str = "Stop looking again";
pub const NOTHING_TO_DO: &str =
    "The run is not in a state where this can be done. Look at it again.";
pub fn waiting(position: Option<usize>) -> String {
    match position {
        Some(0) => "It is the next to be taken up.".into(),
        Some(n) => format!("{n} before it."),
        None => "It waits for an engine.".into(),
    }
}
pub const PAUSING: &str = "It pauses after this step, with a checkpoint.";
pub const CANCELLING: &str = "It stops after this step.";
pub const GOES_ON: &str =
    "It waits until somebody resumes it, and goes on from its last checkpoint then.";
pub const WITH_WHAT_IS_THERE: &str = "Go on with what is judged";
pub const JUDGE_IN_QUEUE: &str = "Judge in the queue";
pub fn waits_for_people(judged: usize, of: usize) -> String {
    format!("It waits for people: {judged} of {of} refinements judged.")
}
pub fn settled(settled: usize, of: usize) -> String {
    format!(
        "A critique is settled when a refinement that heeds it was found, or all of its refinements are judged: {settled} of {of} are. The run goes on by itself when all are."
    )
}
pub fn step(step: i64, steps: i64) -> String {
    match steps {
        0 => format!("Step {step}"),
        n => format!("Step {step} of {n}"),
    }
}
pub fn left(seconds: f64) -> String {
    format!("about {} left", span(seconds))
}
pub fn took(seconds: f64) -> String {
    format!("took {}", span(seconds))
}
/// A length of time in the two units that matter.
pub fn span(seconds: f64) -> String {
    let whole = seconds.max(0.0).round();
    let part = |of: f64, unit: f64| (of / unit).floor();
    match whole {
        s if s < 100.0 => format!("{s} s"),
        s if s < 6_000.0 => format!("{} min", (s / 60.0).round()),
        s if s < 172_800.0 => format!("{} h {} min", part(s, 3600.0), part(s % 3600.0, 60.0)),
        s => format!("{} d {} h", part(s, 86_400.0), part(s % 86_400.0, 3600.0)),
    }
}
pub fn speed(tokens: &str) -> String {
    format!("{tokens} tokens a second")
}
pub fn memory(bytes: f64) -> String {
    if bytes >= 1e9 {
        format!("{:.1} GB of memory", bytes / 1e9)
    } else {
        format!("{:.0} MB of memory", bytes / 1e6)
    }
}
pub const PROGRESS: &str = "Progress";
pub const PROBLEM: &str = "It could not go on.";
pub const CURVES: &str = "Curves";
pub const NUMBERS_FILE: &str = "All numbers as a file";
pub const STEP: &str = "step";
pub const TRAINING: &str = "training";
pub const HELD_OUT: &str = "held out";
pub fn held_out_of(label: &str) -> String {
    if label == TRAINING {
        HELD_OUT.into()
    } else {
        format!("{label}, held out")
    }
}
pub const CHANCE: &str = "chance";

pub const DATA: &str = "What it learns from";
pub const DATA_WORDS: &str =
    "The feedback as it stood when the run was started. What came later is not in it.";
pub const ANNOTATIONS: &str = "Annotations";
pub const ANNOTATORS: &str = "Annotators";
pub const BY: &str = "By";
pub const EXAMPLES: &str = "Examples";
pub const AGREEMENT: &str = "Agreement on preferences";
pub fn alpha(alpha: f64, interval: Option<domain::stats::Interval>, items: usize) -> String {
    let interval = interval.map_or_else(String::new, |it| {
        format!(" (95 % interval {:.2} to {:.2})", it.low, it.high)
    });
    format!("α = {alpha:.2}{interval} on {items} items")
}
pub const NO_AGREEMENT: &str = "not known: no two people answered the same items";
pub const HASH: &str = "Snapshot";

pub const OUTCOME: &str = "On held-out examples";
pub const OUTCOME_WORDS: &str = "Examples that were set aside before training.";
pub fn figure(name: &str) -> String {
    match name {
        domain::measure::ACCURACY => "Accuracy on pairs".into(),
        domain::measure::WIN_RATE => "Win rate against its base".into(),
        domain::measure::LOSS => "Loss".into(),
        domain::measure::REWARD => "Reward".into(),
        domain::measure::MARGIN => "Margin".into(),
        domain::measure::KL => "KL from the reference".into(),
        domain::measure::LENGTH => "Length of responses".into(),
        domain::measure::SELECTOR_ACCURACY => "Selector’s accuracy".into(),
        other => {
            let words = other.replace(['_', '.'], " ");
            let mut letters = words.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect())
                .unwrap_or_default()
        }
    }
}
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
pub fn interval(low: &str, high: &str) -> String {
    format!("95 % interval {low} to {high}")
}
pub fn of_examples(count: usize) -> String {
    format!("on {count} examples")
}
pub const COMPARED_WITH: &str = "Compared with";
pub fn baseline(name: &str) -> String {
    match name {
        "length" | "length_only" | "length-only" => "preferring the longer response".into(),
        "base" => "the base model".into(),
        "chance" => CHANCE.into(),
        other => other.replace('_', " "),
    }
}
pub const NOT_BETTER: &str =
    "The interval reaches the baseline: on this data the model is not shown to do better.";
pub const CALIBRATION: &str = "Calibration";
pub const CALIBRATION_NOTE: &str = "How often predictions come true, by how sure they were.";
pub const PREDICTED: &str = "predicted";
pub const OBSERVED: &str = "observed";
pub const PERFECT: &str = "perfect";

pub const SAMPLES: &str = "Before and after";
pub const SAMPLES_WORDS: &str = "The same prompts, the same seed, before training and after it.";
pub const NO_SAMPLES: &str = "The run writes samples when it starts and when it ends.";
pub const BEFORE: &str = "Before";
pub const AFTER: &str = "After";
pub const NOT_YET: &str = "not yet";
pub const MODEL: &str = "The model it made";
pub const SEE_CARD: &str = "See its card";
pub const WHAT_CHANGED: &str = "What it improved and hurt";
pub const TRY_IT: &str = "Compare with its base";
pub const ITS_SETTINGS: &str = "Settings of this run";
pub const PARENT: &str = "Cloned from";
pub const VERSION: &str = "Version of the code";
pub const YES: &str = "yes";
pub const NO: &str = "no";

pub const COMPARISON: &str = "Runs compared";
pub const TOO_FEW: &str = "Choose two runs or more";
pub const TOO_FEW_WORDS: &str = "Go back to the list and tick them.";
pub fn too_many(shown: usize) -> String {
    format!("Only the first {shown} are drawn: more lines than that cannot be told apart.")
}
pub const DIFFERENT: &str = "What differs";
pub const SAME: &str = "The settings are the same in all of them.";
pub const SETTING: &str = "Setting";
pub const SAME_IN_ALL: &str = "The same in all";
