//! Agreement between people.

use domain::annotation::Scale;
use domain::stats::Interval;
use domain::{Kind, Provenance};

pub const TITLE: &str = "Agreement";
pub const LEAD: &str = "How far people who saw the same items say the same. Every number comes with its 95 % interval and with the items behind it.";
pub const KIND: &str = "Kind of feedback";
pub const ALL_KINDS: &str = "All kinds";
pub const PROVENANCE: &str = "Answers by";
pub const ALL_PROVENANCES: &str = "everybody, mixed";
pub const SHOW: &str = "Show";
pub const SAVE_CSV: &str = "Save as CSV";
pub const SAVE_JSON: &str = "Save as JSON";

pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Preference => "Preference",
        Kind::Critique => "Critique",
        Kind::Refinement => "Refinement",
        Kind::Incorporation => "Refinement check",
        Kind::Grade => "Grade",
    }
}
pub fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Person => "people",
        Provenance::Machine => "machines",
        Provenance::Simulated => "simulated annotators",
    }
}
pub fn question(kind_of: Kind, question: &str) -> String {
    format!("{}: {question}", kind(kind_of))
}

pub fn used(provenance_used: Option<Provenance>) -> String {
    match provenance_used {
        Some(one) => format!("Only answers by {} are used.", provenance(one)),
        None => "Answers by people, machines and simulated annotators are mixed here, because you asked for it.".into(),
    }
}
pub fn left_out(count: i64, provenance_left: Provenance) -> String {
    format!(
        "Left out: {} by {}.",
        answers(count),
        provenance(provenance_left)
    )
}
pub fn see_these(provenance_left: Provenance) -> String {
    format!("See the agreement of {}", provenance(provenance_left))
}
fn answers(count: i64) -> String {
    if count == 1 {
        "1 answer".into()
    } else {
        format!("{count} answers")
    }
}

pub const NOTHING: &str = "There is nothing to compare yet";
pub const NOTHING_WORDS: &str = "Agreement needs items that two people answered. In the settings, set how many people answer each task to 2 or more, or give everybody a share of the same tasks.";
pub fn alone(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 item has one answer so far and is not counted.".into(),
        n => format!("{n} items have one answer so far and are not counted."),
    }
}

pub const ITEMS: &str = "Items";
pub const PEOPLE: &str = "People";
pub const ANSWERS: &str = "Answers";
pub const ALPHA: &str = "Krippendorff’s α";
pub const SAME: &str = "Same answer";
pub const FLEISS: &str = "Fleiss’ κ";
pub const FLEISS_NOT: &str = "needs equally many answers for each item";
pub const UNDEFINED: &str = "not defined";
pub fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "no interval: too few items that differ".into(),
        |i| format!("{} to {}", number(i.low), number(i.high)),
    )
}
/// Two digits, with a true minus sign.
pub fn number(number: f64) -> String {
    let text = format!("{:.2}", number + 0.0);
    if text == "-0.00" {
        "0.00".into()
    } else {
        text.replace('-', "−")
    }
}
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
pub fn scale(scale: Scale) -> &'static str {
    match scale {
        Scale::Nominal => "categories: equal or not",
        Scale::Ordinal => "an ordered scale: far apart counts more",
        Scale::Interval => "a scale of equal steps",
    }
}

/// What a value of α means, after Krippendorff (2004).
pub fn meaning(
    alpha: Option<f64>,
    interval: Option<Interval>,
    same: Option<f64>,
    items: usize,
    people: usize,
) -> String {
    let Some(alpha) = alpha else {
        return "Everybody gave every item the same answer, so nothing could have gone wrong by chance and α says nothing. Look at the share of same answers instead.".into();
    };
    // an interval that holds 0 cannot tell agreement from chance, whatever α itself says
    let above_chance = interval.is_some_and(|i| i.low > 0.0);
    let verdict = match alpha {
        a if a >= 0.8 && above_chance => {
            "People agree well enough to draw conclusions from single answers."
        }
        a if a >= 0.667 && above_chance => {
            "Good enough for tentative conclusions; take several answers for each item."
        }
        _ if above_chance => {
            "Better than chance, but too little to rely on single answers: look at the items below, and at the guidelines."
        }
        _ if interval.is_some_and(|i| i.high < 0.0) => {
            "Worse than chance: somebody may use the scale the other way round."
        }
        _ => "These items cannot tell agreement from chance.",
    };
    let paradox = if same.is_some_and(|share| share > 0.7) && alpha < 0.4 {
        " Most answers fall into the same category, so that chance alone agrees often: read α together with the share of same answers."
    } else {
        ""
    };
    let wide = interval.is_none_or(|i| i.high - i.low > 0.3);
    let caution = if items < 30 || wide {
        format!(
            " {items} {} answered by {people} people: too few to be sure, as the wide interval says.",
            if items == 1 { "item" } else { "items" }
        )
    } else {
        String::new()
    };
    format!("{verdict}{paradox}{caution}")
}

pub const PAIRS: &str = "Pairs of people";
pub const PAIRS_NOTE_NOMINAL: &str = "Cohen’s κ of the answers.";
pub const PAIRS_NOTE_ORDERED: &str = "Quadratically weighted κ: far apart counts more than near.";
pub const PAIR: &str = "Pair";
pub const KAPPA: &str = "κ";
pub const KAPPA_INTERVAL: &str = "95 % interval";
pub const DIFFERENT: &str = "Different";
pub fn and(one: &str, other: &str) -> String {
    format!("{one} and {other}")
}
pub fn show_different(count: usize) -> String {
    match count {
        0 => "none".into(),
        1 => "1 item".into(),
        n => format!("{n} items"),
    }
}
pub const SEE_ALL: &str = "See the items on which people differ";
pub const OVER_TIME: &str = "By week";
pub const WEEK: &str = "Week from";
pub const DRAWN: &str = "On the scale";
pub const WITHOUT: &str = "Without one person";
pub const WITHOUT_NOTE: &str = "α of everybody else. Far above the whole means that this person answers otherwise than the others, not that this person is wrong.";
pub const PERSON: &str = "Person";

pub const GOLD: &str = "Items with a known answer";
pub const GOLD_NOTE: &str = "How often each person gives the known answer (the same category), with Wilson’s 95 % interval.";
pub const RIGHT: &str = "Right";
pub fn gold_none(tasks: i64) -> String {
    format!("{tasks} tasks have a known answer; nobody has answered one yet.")
}

pub const EXPLAIN: &str = "What these numbers mean";
pub const EXPLAIN_ALPHA: &str = "Krippendorff’s α is 1 when everybody agrees on every item, 0 when answers agree as often as chance would have it, and below 0 when they agree less. It takes any number of people and items that some people left out. Krippendorff suggests to rely on data from 0.80, and to draw tentative conclusions from 0.667; both are drawn as thin lines.";
pub const EXPLAIN_KAPPA: &str = "Cohen’s κ is the same idea for two people, Fleiss’ κ for a fixed number of answers for each item.";
pub const EXPLAIN_SAME: &str = "“Same answer” is the share of pairs of answers that fall into the same category (the same side, or both a tie). It says nothing about chance: two people who nearly always say yes agree often.";
pub fn explain_interval(draws: usize) -> String {
    format!(
        "Intervals come from drawing the items again {draws} times (bootstrap, percentiles, a fixed seed). They say how much α could change with other items of the same sort, not with other people."
    )
}
pub const EXPLAIN_REVIEW: &str =
    "Decisions made on the review page are no independent answers and are not counted.";

pub const ITEMS_TITLE: &str = "Where people differ";
pub const ITEMS_NONE: &str = "They gave every shared item the same answer.";
pub const ITEM: &str = "Item";
pub const REVIEW: &str = "Review";
pub const BACK: &str = "Back to agreement";
pub const NEXT: &str = "Next items";
pub fn items_of(one: &str, other: &str) -> String {
    format!("{one} and {other}, the farthest apart first")
}
pub const ITEMS_OF_ALL: &str = "Everybody, the farthest apart first";

pub const TOO_FEW: &str = "too few items";
