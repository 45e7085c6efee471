//! The live reward model, the order of the queue, and what the model had expected.

use domain::live::Order;
use domain::live::evaluate::{Accuracy, Compared};
use domain::stats::Interval;

pub const TITLE: &str = "Live reward model";
pub const TAB: &str = "Live model";
pub const LEAD: &str = "A small model that learns from every comparison within two seconds, says how sure it is, and can choose what people are asked next. What it says here is measured on prompts that it never learns from.";

pub fn order(order: Order) -> &'static str {
    match order {
        Order::Imported => "as imported",
        Order::Disagreement => "by disagreement",
        Order::Information => "by information",
        Order::Diversity => "by diversity",
        Order::Random => "at random",
    }
}
/// The order as a choice of the settings explains it.
pub fn order_choice(order: Order) -> &'static str {
    match order {
        Order::Imported => "as imported: in the order in which they came",
        Order::Disagreement => "by disagreement: where the live model is least sure",
        Order::Information => {
            "by information: the best response so far against the likeliest to beat it (APOHF)"
        }
        Order::Diversity => "by diversity: what differs most from everything answered so far",
        Order::Random => "at random: the control",
    }
}
/// The name of a curve.
pub fn curve(order: Order) -> &'static str {
    match order {
        Order::Imported => "as imported",
        Order::Disagreement => "disagreement",
        Order::Information => "information",
        Order::Diversity => "diversity",
        Order::Random => "random control",
    }
}

pub const NO_COMPARISONS: &str = "This project asks for no comparisons";
pub const NO_COMPARISONS_WORDS: &str =
    "The live model learns from preferences between two responses. Ask for them in the settings.";
pub const NOT_YET: &str = "Nothing has been compared yet";
pub const NOT_YET_WORDS: &str =
    "The live model begins with the first comparison. Nothing has to be started.";
pub const TO_SETTINGS: &str = "Change the order of the queue";
pub const TO_QUEUE: &str = "Go to the queue";

pub fn needs(has: usize, needs: usize) -> String {
    format!(
        "It has {has} answers to learn from and has an opinion from {needs} on. Until then everything comes at random or as imported."
    )
}
pub const NO_HELD_OUT: &str =
    "No held-out prompt has a decided answer yet, so nothing can be measured.";

pub const NOW: &str = "Now";
pub const ORDER: &str = "Order of the queue";
pub const LEARNED: &str = "Answers learned from";
pub const HELD_OUT: &str = "Answers held out";
pub const QUEUED: &str = "Tasks put in order";
pub const TRAINED: &str = "Last trained (UTC)";
pub const TOOK: &str = "That took";
pub const LAG: &str = "Newest answer waited";
pub const NOBODY_WAITED: &str = "not measured";
pub const FEATURES: &str = "Features";
pub fn features(name: &str, encoder: Option<&str>, dimensions: usize) -> String {
    let encoder = encoder.map_or_else(String::new, |encoder| format!(", vectors of {encoder}"));
    format!("{name}, length and form{encoder} ({dimensions} numbers a response)")
}
pub const READ: &str = "Read by the encoder";
pub fn read(answers: usize, of: usize) -> String {
    format!("{answers} of {of} answers")
}
pub fn reading(answers: usize, of: usize) -> String {
    format!(
        "The encoder has read {answers} of {of} answered comparisons; the others are judged by their words meanwhile."
    )
}
pub const ENCODER_GONE: &str = "The encoder is served no more: it was removed, or is not ready.";
pub fn encoder_problem(problem: &str) -> String {
    format!(
        "The encoder gives no vectors. {problem} It is asked again every 30 seconds; meanwhile comparisons are judged by their words."
    )
}
pub fn milliseconds(ms: i64) -> String {
    if ms < 1_000 {
        format!("{ms} ms")
    } else {
        format!("{:.1} s", ms as f64 / 1_000.0)
    }
}

pub const GOOD: &str = "How good it is";
pub const ACCURACY: &str = "Right on held-out prompts";
pub const LENGTH_ONLY: &str = "Length alone";
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
pub fn accuracy(it: &Accuracy) -> String {
    format!("{}, {}", range(it.interval), of(it.right, it.of))
}
pub fn range(interval: Interval) -> String {
    format!(
        "{:.0} to {:.0} %",
        interval.low * 100.0,
        interval.high * 100.0
    )
}
pub fn of(right: usize, of: usize) -> String {
    format!("{right} of {of}")
}
pub fn meaning(model: &Accuracy, length: Option<&Accuracy>) -> String {
    let chance = if model.interval.low > 0.5 {
        "It is right more often than a coin."
    } else {
        "That is not shown to be better than a coin: the interval holds 50 %."
    };
    match length {
        Some(length) if model.interval.low <= length.share => format!(
            "{chance} It is not shown to know more than the length of a response, which alone gets {} right.",
            percent(length.share)
        ),
        Some(length) => format!(
            "{chance} The length of a response alone gets {} right.",
            percent(length.share)
        ),
        None => chance.to_owned(),
    }
}

pub const HELPS: &str = "Does the chosen order help?";
pub const HELPS_IMPORTED: &str = "The queue goes in the order of the files, so there is nothing to compare. Choose another order in the settings: a share of the tasks then stays random, as the control.";
pub const HELPS_RANDOM: &str =
    "Everything is chosen at random: this is what other orders are compared with.";
pub const HELPS_EARLY: &str = "Too early to say: the policy and the random control need answers of their own, and held-out prompts need some too.";
/// Fewer answers to each than this say nothing.
pub const EARLY: usize = 30;
pub fn helps(order_used: Order, it: &Compared) -> String {
    let points = |share: f64| format!("{:+.0}", share * 100.0).replace('-', "−");
    let difference = match it.interval {
        Some(interval) => format!(
            "{} points ({} to {})",
            points(it.difference),
            points(interval.low),
            points(interval.high)
        ),
        None => format!("{} points", points(it.difference)),
    };
    let verdict = match it.interval {
        _ if it.labels < EARLY => "Too early to say.",
        Some(interval) if interval.low > 0.0 => "So far it helps.",
        Some(interval) if interval.high < 0.0 => "So far it does harm: random would be better.",
        _ => "So far it does not help: the interval holds 0.",
    };
    format!(
        "After {} answers each, what was chosen {} taught the model {difference} more or less than what came at random. {verdict}",
        it.labels,
        order(order_used)
    )
}
pub const SIMULATED: &str = "On simulated annotators these orders needed about a quarter of the control’s answers where most of the pool was alike, and saved nothing that could be shown where every comparison was as new as the next (docs/active-choice.md). So judge by what is measured here.";

pub const CURVES: &str = "Learning curve";
pub const CURVES_X: &str = "answers";
pub const CURVES_NOTE: &str = "Share of held-out answers it gets right, with 95 % interval, by number of answers learned from. Each line has only the answers of its own kind.";
pub const CHANCE: &str = "a coin";
pub const CALIBRATION: &str = "Calibration";
pub const CALIBRATION_X: &str = "how sure it was";
pub const CALIBRATION_NOTE: &str =
    "Of the held-out answers of which it was so sure, the share that came as expected.";
pub const CAME: &str = "as expected";
pub const PERFECT: &str = "perfect";
pub fn calibration(error: f64, log_loss: f64) -> String {
    format!(
        "Expected calibration error {error:.2}; mean −ln P of what came {log_loss:.2} (a coin has 0.69)."
    )
}

pub const HOW: &str = "How this is measured";
pub const HOW_WORDS: [&str; 6] = [
    "One prompt in five is held out, by a hash of its identifier, before anybody answers: its answers measure the model and never train it. Until 300 are in, a fifth of the chosen tasks come from these prompts, later a twentieth.",
    "Of the other tasks one in four belongs to the random control: no policy may choose it, it comes at random in between. Each assignment records what chose it.",
    "The model is logistic regression on differences of features (Bradley and Terry) with a ridge, fitted to all answers and again to eight bootstrap resamples by prompt, whose disagreement says how sure it can be. Ties count half for each side; stronger preferences ask for a margin.",
    "A response is described by hashed words, length and form. With an encoder its vector stands behind them (of length 1; longer ones than 384 numbers folded); of a pair it counts only where both have one. The encoder itself never learns.",
    "The policy chooses with a model that learned from all answers, the control’s too; its curve shows only what it chose itself. Both curves are measured on the same held-out answers.",
    "At most the newest 3,000 answers are learned from, and 400 open tasks looked at in a round. Tasks with a priority of their own come before, whatever the order.",
];
pub fn provenance(simulated: bool) -> &'static str {
    if simulated {
        "It learns from people and from simulated annotators, because the settings say so."
    } else {
        "It learns from people only; simulated annotators and machines are left out."
    }
}

/// What the model had expected of the comparison that was just answered.
pub fn expected(letter: char, percent: u8, came: Option<bool>) -> String {
    let came = match came {
        Some(true) => "as you answered",
        Some(false) => "unlike you",
        None => "you saw a tie",
    };
    format!(
        "Saved. For that pair the live model had expected {letter}, {percent} % sure: {came}. About the next one it says nothing before you do."
    )
}

pub const SETTING: &str = "Order of comparisons";
pub const SETTING_HINT: &str = "Only tasks of ordinary priority. With any order but “as imported”, some tasks stay random, so that the page “Live model” can say whether it helps.";
pub const ENCODER: &str = "What the live model sees of a response";
pub const ENCODER_HINT: &str = "An encoder or an embedding model gives each response a vector, beside its words. Read in the background; until then words are used.";
pub const ENCODER_NONE: &str = "words, length and form";
pub fn encoder(name: &str) -> String {
    format!("also vectors of {name}")
}
pub fn encoder_away(name: &str) -> String {
    format!("also vectors of {name} (not served now)")
}
pub const TELL: &str = "After each comparison, say what the live model had expected";
pub const TELL_HINT: &str =
    "Never before the answer. Switch it off where people’s later answers must not be influenced.";
pub const LEARN_SIMULATED: &str = "The live model learns from simulated annotators too";
