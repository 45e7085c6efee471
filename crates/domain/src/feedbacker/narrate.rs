//! Words for what the weakness reporter found: written by rule, so that it works without a model; and the call that
//! has a model narrate the same facts, nothing else.

use super::Board;
use super::weakness::Finding;

/// What is narrated of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts<'a> {
    /// The board.
    pub board: &'a Board,
    /// Which model.
    pub model: usize,
    /// Its findings; those of other models are passed over.
    pub findings: &'a [Finding],
    /// What one point of the score is called, e.g. `points` or `% of comparisons won`.
    pub unit: &'a str,
}

/// The most nodes that are named.
const NAMED: usize = 12;

impl Facts<'_> {
    fn reported(&self, worse: bool) -> Vec<&Finding> {
        let own = self.findings.iter().filter(|it| it.model == self.model);
        let mut list: Vec<&Finding> = own
            .filter(|it| if worse { it.worse } else { it.better })
            .collect();
        list.sort_by(|a, b| b.difference.abs().total_cmp(&a.difference.abs()));
        list
    }

    fn line(&self, it: &Finding) -> String {
        format!(
            "{}: {:+.2} {} against what its strength predicts (95 % interval {:+.2} to {:+.2}; {} prompts)",
            self.board.places[it.place].path,
            it.difference,
            self.unit,
            it.interval.low,
            it.interval.high,
            it.inside,
        )
    }

    fn standing(&self) -> Option<String> {
        let rank = self.board.ranks(0)[self.model]?;
        let between = match self.board.rank_intervals(0)[self.model] {
            Some((low, high)) if low < high => format!(" (95 % interval: rank {low} to {high})"),
            _ => String::new(),
        };
        let of = self.board.cells[0].iter().flatten().count();
        Some(format!(
            "{} ranks {rank} of {of} overall{between}.",
            self.board.models[self.model]
        ))
    }

    /// A plain summary, sentence by sentence.
    pub fn summary(&self) -> Vec<String> {
        let mut said: Vec<String> = self.standing().into_iter().collect();
        let tested = self
            .findings
            .iter()
            .filter(|it| it.model == self.model)
            .count();
        for (worse, word) in [(true, "weaker"), (false, "stronger")] {
            let list = self.reported(worse);
            said.push(match list.len() {
                0 if tested == 1 => format!("On the one node tested it is not shown to be {word} than its strength predicts."),
                1 if tested == 1 => format!("On the one node tested it is {word} than its strength predicts."),
                0 => format!("On none of the {tested} nodes tested is it shown to be {word} than its strength predicts."),
                1 => format!("On 1 of the {tested} nodes tested it is {word} than its strength predicts."),
                n => format!("On {n} of the {tested} nodes tested it is {word} than its strength predicts."),
            });
            said.extend(
                list.iter()
                    .take(NAMED)
                    .map(|it| format!("{}.", self.line(it))),
            );
            if list.len() > NAMED {
                said.push(format!("{} more are in the table.", list.len() - NAMED));
            }
        }
        said.push("At most 5 % of the nodes named are expected to be there by chance.".into());
        said
    }

    /// The call that has a model narrate. It is told to add nothing, and what it writes is shown as a model's words.
    pub fn call(&self) -> String {
        let list = |worse: bool| {
            let lines: Vec<String> = self
                .reported(worse)
                .iter()
                .map(|it| format!("- {}", self.line(it)))
                .collect();
            if lines.is_empty() {
                "- none".into()
            } else {
                lines.join("\n")
            }
        };
        format!(
            "You write a short report for the people who develop a language model.\n\n{}\n\n\
Nodes of a tree of prompts on which it is weaker than its overall strength predicts:\n{}\n\n\
Nodes on which it is stronger:\n{}\n\n\
Write four short parts: how it stands overall; what the weak nodes have in common; what the strong ones have in \
common; what data or tests would be worth collecting next. Use only what stands above. Give the numbers with their \
intervals where you name a node. Say what is a guess about causes, as a guess. Do not name nodes that are not listed.",
            self.standing().unwrap_or_default(),
            list(true),
            list(false),
        )
    }
}
