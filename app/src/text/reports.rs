//! Feedbacker's reports.

pub const TAB: &str = "Reports";
pub const SHIFTS: &str = "Rank shifts";
pub const SHIFTS_LEAD: &str = "Nodes on which a model ranks lower, or higher, than overall (Feedbacker’s weakness reporter). The page “Weaknesses” tests the same against chance.";
pub const FAILURE: &str = "Failure modes";
pub const FAILURE_LEAD: &str = "How evenly a model ranks among the children of a node: systematic where it is the same throughout, occasional where it depends on the child.";
pub const DIFFERENCE: &str = "Differences";
pub const DIFFERENCE_LEAD: &str = "The nodes on which the chosen models' ranks lie furthest apart.";
pub const CLUSTER: &str = "Alike";
pub const CLUSTER_LEAD: &str =
    "Which models are strong and weak in the same places, whatever their overall strength.";
pub const TRADE: &str = "Trade-offs";
pub const TRADE_LEAD: &str =
    "Pairs of nodes where models that do better than predicted on one do worse on the other.";

pub const AMONG: &str = "Among which models";
pub const NEEDS_MODELS: &str = "A report needs at least two models with something said about them.";
pub const NOTHING: &str =
    "Nothing to report: no node has enough said about it, or none stands out.";
pub const NODE: &str = "Node";
pub const INTERVAL: &str = "95 % interval";
pub const REPORTED: &str = "Reported";
pub const UNSURE: &str = "not sure";
pub const TRADED: &str = "trade-off";
pub const RANK_THERE: &str = "Rank there";
pub const RANK_DIFFERS: &str = "Ranks lower (+) or higher (−) than overall";
pub const KIND: &str = "Kind";
pub const SYSTEMATIC: &str = "systematic";
pub const OCCASIONAL: &str = "occasional";
pub const UNEVEN: &str = "Spread of ranks";
pub const CHANCE: &str = "By chance up to";
pub const CHILDREN: &str = "Ranks on the children";
pub const SPREAD: &str = "Spread of ranks";
pub const RANKS: &str = "Ranks";
pub const TOGETHER: &str = "Models";
pub const DISTANCE: &str = "Distance (0 alike, 1 unrelated)";
pub const SUPPORT: &str = "Found again in draws of nodes";
pub const AGAINST: &str = "Against";
pub const CORRELATION: &str = "Correlation";
pub const MODELS: &str = "Models";

pub fn ranks(model: &str, models: usize) -> String {
    format!(
        "{model}: nodes whose rank among these {models} models differs from the rank overall by more than 3 (Feedbacker's rule), with the difference's interval. An interval that holds 0 says that the shift may be chance."
    )
}
pub fn failures(model: &str) -> String {
    format!(
        "{model}: nodes with at least five children, the lowest and the highest fifth of all models' spreads (Feedbacker's rule). Only a spread above “by chance up to” is more than chance."
    )
}
pub fn differences(threshold: Option<f64>) -> String {
    match threshold {
        Some(threshold) => format!(
            "The fifth of all nodes with the largest spread, from {threshold:.1} on (Feedbacker's rule); the first sixty."
        ),
        None => "No node has ranks of two of these models.".to_owned(),
    }
}
pub fn clusters(nodes: usize) -> String {
    format!(
        "From the {nodes} nodes with most said about them: average linkage on 1 − correlation of what strength and the node's level leave unexplained. Each line joins two groups; the last column says how often the same group came out when the nodes were drawn again."
    )
}
pub fn trades(nodes: usize, tested: usize) -> String {
    format!(
        "{tested} pairs of the {nodes} nodes with most said about them were tested, none within the other, with at least five models; at most 5 % of those reported are expected to be chance."
    )
}
/// A node with how it is uneven.
pub fn kind_of(node: &str, kind: &str) -> String {
    format!("{node}, {kind}")
}
/// Two nodes that are compared.
pub fn against(one: &str, other: &str) -> String {
    format!("{one} / {other}")
}
