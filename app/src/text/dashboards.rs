//! The dashboards about models.

use domain::Provenance;
use domain::stats::Interval;

/// What stands in a number's place when there is none.
pub const NONE: &str = "–";

pub const TITLE: &str = "Dashboards";
pub const BOARD: &str = "Leaderboard";
pub const MATRIX: &str = "Win matrix";
pub const SPREAD: &str = "Distributions";
pub const BY_MODEL: &str = "By model";
pub const BY_NODE: &str = "By node";
pub const MAP: &str = "Map";
pub const PROMPTS: &str = "Prompts";
pub const PHRASES: &str = "Phrases";

pub const LEAD_BOARD: &str = "Who is better, how sure that is, and how much it stands on. Every line leads to the prompts behind it.";
pub const LEAD_MATRIX: &str =
    "Each cell: the share of points that the row's model took from the column's, ties as halves.";
pub const LEAD_SPREAD: &str = "By how much each model won and lost, and how its scores spread.";
pub const LEAD_BY_MODEL: &str = "The taxonomy with a column for each chosen model: its win rate under the node, the ranks that leaves open, and how much it stands on.";
pub const LEAD_BY_NODE: &str = "One ranking for each ticked node.";
pub const LEAD_MAP: &str =
    "Area: how much was said under a node. Colour: the model's win rate there.";
pub const LEAD_PROMPTS: &str = "The prompts behind the numbers; each leads to its responses and everything that was said about them.";
pub const LEAD_PHRASES: &str =
    "Word sequences that stand in many remarks about problems. Each leads to the remarks.";

pub const JUDGE: &str = "Judged by";
pub const ASPECT: &str = "Aspect";
pub const OVERALL: &str = "overall";
pub const MODEL: &str = "Model";
pub const SHOW: &str = "Show";
pub const WHOLE: &str = "Whole project";
pub const BELOW: &str = "Below:";
pub const SAVE: &str = "Save this as";
pub const RANK: &str = "Rank";
pub const SCORE: &str = "Score";
pub const INTERVAL: &str = "95 % interval";
pub const WIN_RATE: &str = "Win rate";
pub const COMPARISONS: &str = "Comparisons";
pub const OPPONENTS: &str = "Met";
pub const MEAN: &str = "Mean score";
pub const JUDGMENTS: &str = "Judgments";
pub const DRAWN: &str = "Drawn";
pub const FEW: &str = "few";
pub const PLOT: &str = "Scores with their intervals";
pub const PLOT_MEAN: &str = "Mean scores with their intervals";
pub const AXIS: &str = "Bradley-Terry score, 400 points: odds of ten to one";
pub const AXIS_MEAN: &str = "mean score, share of the scale";
pub const SHOW_ALL: &str = "Show all models";
pub const WON_BY: [&str; 7] = [
    "lost, far",
    "lost, clearly",
    "lost, slightly",
    "tied",
    "won, slightly",
    "won, clearly",
    "won, far",
];
pub const OUTCOMES: &str = "Outcomes";
pub const SCORES: &str = "Scores";
pub const NODE: &str = "Node";
pub const AS_LIST: &str = "As a list:";
pub const SEARCH: &str = "Nodes whose path holds";
pub const FIND: &str = "Find";
pub const TICK_SOME: &str = "Tick one or more nodes above, then press Show.";
pub const NO_MATCH: &str = "No node's path holds these words.";
pub const PROMPT: &str = "Prompt";
pub const SAID: &str = "Verdicts";
pub const LOST: &str = "Lost";
pub const WON: &str = "Won";
pub const TIED: &str = "Tied";
pub const MORE: &str = "More prompts";
pub const OPEN_PROMPT: &str = "Open in the data";
pub const BY: &str = "By";
pub const VERDICT: &str = "Verdict";
pub const WORDS: &str = "In words";
pub const MARKS: &str = "Marks by criterion";
pub fn mark(criterion: &str, weight: f64, mark: f64) -> String {
    format!("{criterion}: {mark} (weight {weight} of 100)")
}
pub const RAW: &str = "The judge's answer as it came";
pub const RESPONSES: &str = "Responses";
pub const PHRASE: &str = "Phrase";
pub const REMARKS: &str = "Remarks";
pub const NO_PHRASES: &str = "No phrase stands in two remarks about problems.";
pub const NO_REMARKS: &str =
    "No remark about a problem has been written here yet. Critiques bring them.";
pub const ALL_MODELS: &str = "all models";

pub const EMPTY: &str = "Nothing compared yet";
pub const EMPTY_WORDS: &str = "A leaderboard needs two models' responses to the same prompts, and somebody or something that says which is better. Answer comparisons in the queue, import them with their responses, or import an automatic judge's annotations (AlpacaEval's format).";
pub const TO_QUEUE: &str = "To the queue";
pub const TO_IMPORT: &str = "Import data";
pub const NO_TREE: &str = "This project has no taxonomy";
pub const NO_TREE_WORDS: &str = "Nodes come with an import that names them (a column with paths), or are made on the taxonomy's page. Without them there is only the whole project.";
pub const NONE_HERE: &str = "Nothing was said here yet by this judge about this aspect.";
pub const WAITING: &str = "Newer feedback is being counted; reload in a few seconds.";

/// A judge's name.
pub fn judge(kind: &str, name: &str, version: &str, provenance: Provenance) -> String {
    match (kind, provenance) {
        ("people", Provenance::Simulated) => "Simulated annotators".to_owned(),
        ("people", _) => "People".to_owned(),
        (kind, _) => {
            let version = if version.is_empty() {
                String::new()
            } else {
                format!(" {version}")
            };
            let kind = match kind {
                "imported" => "imported judge",
                "reward" => "reward model",
                _ => "model as judge",
            };
            format!("{name}{version} ({kind})")
        }
    }
}
/// What a page counts, and what it leaves out.
pub fn provenance(judge: &str, other: &[(String, i64)]) -> String {
    let mut words = format!("Counted here: {judge}.");
    if !other.is_empty() {
        let others: Vec<String> = other
            .iter()
            .map(|(name, n)| format!("{name}, {}", thousands(*n)))
            .collect();
        words += &format!(
            " Counted apart, never mixed in: {}. Choose them under “{JUDGE}”.",
            others.join("; ")
        );
    }
    words
}
/// What the numbers stand on.
pub fn basis(comparisons: i64, judgments: i64, models: usize, clustered: bool) -> String {
    let mut words = format!("{models} models");
    if comparisons > 0 {
        words += &format!(", {} comparisons", thousands(comparisons));
    }
    if judgments > 0 {
        words += &format!(", {} judgments", thousands(judgments));
    }
    words.push('.');
    if comparisons > 0 {
        words += if clustered {
            " Intervals allow for comparisons that share a prompt or a person."
        } else {
            " With so many comparisons, intervals take each as independent; they are then a little too narrow where prompts or people recur."
        };
    }
    words
}
/// A warning where everything stands on little.
pub fn sparse(n: i64) -> String {
    format!(
        "All of this stands on {}: intervals are wide, and ranks will change.",
        count(n, "comparison", "comparisons")
    )
}
/// How ties are shown.
pub const TIED_NOTE: &str = "A line below a model closes a group: those within it cannot be told apart from the group's first at 95 %. A rank is an interval too: 2–5 means that the data leave open any place from second to fifth.";
/// What marks mean.
pub fn few_note(few: i64) -> String {
    format!("Models with fewer than {few} comparisons are marked “{FEW}”, not left out.")
}
/// What is said of a score that leans on a prior.
pub fn state(state: &str) -> Option<&'static str> {
    match state {
        "won everything" => Some("won all"),
        "lost everything" => Some("lost all"),
        "separated" => Some("not linked both ways"),
        _ => None,
    }
}
/// A rank's interval.
pub fn ranks(ranks: Option<(i64, i64)>) -> String {
    match ranks {
        None => NONE.to_owned(),
        Some((low, high)) if low == high => low.to_string(),
        Some((low, high)) => format!("{low}–{high}"),
    }
}
/// A score without its fraction.
pub fn score(score: Option<f64>) -> String {
    score.map_or_else(|| NONE.to_owned(), |it| format!("{it:.0}"))
}
/// Its interval.
pub fn score_interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || NONE.to_owned(),
        |it| format!("{:.0} to {:.0}", it.low, it.high),
    )
}
/// A share in percent.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| NONE.to_owned(), |it| format!("{:.1} %", it * 100.0))
}
/// Its interval.
pub fn percent_interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || NONE.to_owned(),
        |it| format!("{:.0} to {:.0} %", it.low * 100.0, it.high * 100.0),
    )
}
/// A number with its thousands apart.
pub fn thousands(n: i64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digit != '-' {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
/// A number with its noun.
pub fn count(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}
/// Who is drawn of how many.
pub fn some_of(shown: usize, all: usize) -> String {
    format!("The first {shown} of {all} models.")
}
/// What a node's area says.
pub fn area(n: i64, share: Option<f64>) -> String {
    format!("{} said, win rate {}", thousands(n), percent(share))
}
/// The legend of the seven steps.
pub const LEGEND: [&str; 7] = [
    "under 20 %",
    "20–35 %",
    "35–45 %",
    "45–55 %",
    "55–65 %",
    "65–80 %",
    "80 % and more",
];
/// A prompt's number.
pub fn prompt(number: i64) -> String {
    format!("Prompt {number}")
}
/// How many remarks a phrase stands in.
pub fn remarks(n: usize, prompts: usize) -> String {
    format!("{n} remarks, {prompts} prompts")
}
/// What phrases were looked for in.
pub fn phrases_of(remarks: usize, capped: bool) -> String {
    if capped {
        format!(
            "Of the newest {} remarks about problems.",
            thousands(i64::try_from(remarks).unwrap_or(0))
        )
    } else {
        format!(
            "Of {} about problems.",
            count(i64::try_from(remarks).unwrap_or(0), "remark", "remarks")
        )
    }
}
/// Two that are equally good.
pub fn tied(one: &str, other: &str) -> String {
    format!("{one} and {other} tied")
}
/// One that is better than another.
pub fn better(winner: &str, loser: &str, margin: i64) -> String {
    let much = match margin {
        ..=1 => "slightly",
        2 => "clearly",
        _ => "far",
    };
    format!("{winner} {much} better than {loser}")
}
/// A score on its scale.
pub fn scored(response: &str, score: f64, low: f64, high: f64) -> String {
    format!("{response}: {score} on {low} to {high}")
}
/// The way to a node's own board.
pub fn board_of(node: &str) -> String {
    format!("{node}: {}", BOARD.to_lowercase())
}
