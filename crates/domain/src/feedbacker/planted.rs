//! Models whose weak nodes are known, to prove the weakness reporter on: a tree of domains with leaves, prompts of
//! differing difficulty, strengths, noise, and a few leaves on which a model does worse. What the reporter should find
//! is known exactly, since the expected difference is that of the same data without noise.

use super::weakness::{self, Finding, RANKS, by_rank, by_residual};
use super::{Board, Cell, Moments, Observation, Place, additive};
use crate::evaluate::{Battle, Outcome};
use crate::stats::Random;

/// What is planted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// How many models.
    pub models: usize,
    /// How many domains.
    pub domains: usize,
    /// Leaves of each.
    pub leaves: usize,
    /// Prompts of each leaf.
    pub prompts: usize,
    /// Weak leaves of each model.
    pub weak: usize,
    /// By how much it does worse there, in standard deviations of the noise.
    pub effect: f64,
    /// The share of values that is missing.
    pub missing: f64,
    /// The strengths' standard deviation: at 2.5 some models win one comparison in fifty.
    pub spread: f64,
    /// Instead of scores, comparisons: so many of two models drawn at random on every prompt, won with the logistic
    /// probability of the difference of what they would score.
    pub comparisons: Option<usize>,
}

impl Default for Plan {
    /// 12 models, 37 nodes, 600 prompts, two weak leaves for each model.
    fn default() -> Self {
        Self {
            models: 12,
            domains: 6,
            leaves: 5,
            prompts: 20,
            weak: 2,
            effect: 1.0,
            missing: 0.0,
            spread: 0.5,
            comparisons: None,
        }
    }
}

/// What came of one simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Nodes reported as weaker, over all models.
    pub reported: usize,
    /// Of these, nodes without a weak leaf in them.
    pub wrong: usize,
    /// Weak leaves.
    pub planted: usize,
    /// Of these, reported.
    pub found: usize,
    /// Intervals; of comparisons they are in another unit than the truth, and not counted for.
    pub intervals: usize,
    /// Of these, containing the true difference.
    pub covering: usize,
    /// Nodes that Feedbacker's rule calls worse: a rank more than 3 below the overall one.
    pub by_rank: usize,
    /// Of these, nodes without a weak leaf in them.
    pub by_rank_wrong: usize,
    /// Weak leaves that it calls worse.
    pub by_rank_found: usize,
}

/// One world, drawn and put to the reporter.
pub fn simulate(plan: Plan, random: &mut Random) -> Tally {
    let all = plan.domains * plan.leaves;
    let strengths = (0..plan.models).map(|_| plan.spread * random.normal());
    let strengths: Vec<f64> = strengths.collect();
    let weak: Vec<Vec<usize>> = (0..plan.models)
        .map(|_| {
            let mut leaves: Vec<usize> = (0..all).collect();
            random.shuffle(&mut leaves);
            leaves.truncate(plan.weak);
            leaves
        })
        .collect();
    let (mut expected, mut seen, mut battles) = (Vec::new(), Vec::new(), Vec::new());
    for prompt in 0..all * plan.prompts {
        let difficulty = random.normal();
        let worth = |model: usize| {
            let here = weak[model].contains(&(prompt / plan.prompts));
            strengths[model] - if here { plan.effect } else { 0.0 }
        };
        for _ in 0..plan.comparisons.unwrap_or(0) {
            let a = random.below(plan.models);
            let b = (a + 1 + random.below(plan.models - 1)) % plan.models;
            let won = random.chance(1.0 / (1.0 + (worth(b) - worth(a)).exp()));
            battles.push(battle(prompt, a, b, won));
        }
        for model in 0..plan.models {
            let (value, noise) = (worth(model) - difficulty, random.normal());
            if random.chance(plan.missing) {
                continue;
            }
            expected.push(Observation {
                model,
                prompt,
                value,
            });
            seen.push(Observation {
                model,
                prompt,
                value: value + noise,
            });
        }
    }
    let found = if plan.comparisons.is_some() {
        let lies = |prompt| plan.lies(prompt).to_vec();
        weakness::of_comparisons(plan.models, plan.places(), &battles, lies)
    } else {
        moments(&plan, &seen)
    };
    let truth = moments(&plan, &expected);
    let findings = by_residual(&found);
    let is_weak =
        |place: usize, model: usize| weak[model].iter().any(|leaf| plan.holds(place, *leaf));

    let mut tally = Tally {
        planted: plan.models * plan.weak,
        ..Tally::default()
    };
    for it in &findings {
        tally.count(
            it,
            &truth,
            is_weak(it.place, it.model),
            plan.is_leaf(it.place),
        );
    }
    let board = plan.board(&seen);
    for model in 0..plan.models {
        for shift in by_rank(&board, model, RANKS).worse {
            let hit = is_weak(shift.place, model);
            tally.by_rank += 1;
            tally.by_rank_wrong += usize::from(!hit);
            tally.by_rank_found += usize::from(hit && plan.is_leaf(shift.place));
        }
    }
    tally
}

impl Tally {
    fn count(&mut self, it: &Finding, truth: &[Vec<Moments>], planted: bool, leaf: bool) {
        let (all, inside) = (truth[0][it.model], truth[it.place][it.model]);
        if let Some((inside, outside)) = inside.mean().zip(all.without(inside).mean()) {
            let difference = inside - outside;
            self.intervals += 1;
            self.covering +=
                usize::from((it.interval.low..=it.interval.high).contains(&difference));
        }
        if it.worse {
            self.reported += 1;
            self.wrong += usize::from(!planted);
            self.found += usize::from(planted && leaf);
        }
    }
}

impl Plan {
    /// Places: the root, the domains, the leaves.
    fn places(&self) -> usize {
        1 + self.domains + self.domains * self.leaves
    }
    fn is_leaf(&self, place: usize) -> bool {
        place > self.domains
    }
    fn holds(&self, place: usize, leaf: usize) -> bool {
        match place {
            0 => true,
            domain if domain <= self.domains => leaf / self.leaves == domain - 1,
            place => place - 1 - self.domains == leaf,
        }
    }
    /// The places of a prompt.
    fn lies(&self, prompt: usize) -> [usize; 3] {
        let leaf = prompt / self.prompts;
        [0, 1 + leaf / self.leaves, 1 + self.domains + leaf]
    }
    /// Plain means, as Feedbacker has them.
    fn board(&self, seen: &[Observation]) -> Board {
        let mut means = vec![vec![Moments::default(); self.models]; self.places()];
        for it in seen {
            for place in self.lies(it.prompt) {
                means[place][it.model].add(it.value);
            }
        }
        let cell = |m: &Moments| {
            m.mean().map(|score| Cell {
                score,
                error: None,
                prompts: m.n,
            })
        };
        let parent = |place: usize| match place {
            0 => None,
            place if self.is_leaf(place) => Some(1 + (place - 1 - self.domains) / self.leaves),
            _ => Some(0),
        };
        Board {
            models: (0..self.models)
                .map(|model| format!("model {model}"))
                .collect(),
            places: (0..self.places())
                .map(|n| Place {
                    path: format!("node {n}"),
                    parent: parent(n),
                })
                .collect(),
            cells: means
                .iter()
                .map(|row| row.iter().map(cell).collect())
                .collect(),
        }
    }
}

fn battle(prompt: usize, a: usize, b: usize, won: bool) -> Battle {
    let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let outcome = if won { Outcome::Win } else { Outcome::Loss };
    Battle {
        a: short(a),
        b: short(b),
        outcome,
        weight: 1.0,
        prompt: short(prompt),
        judge: 0,
    }
}

/// Residuals against what the strengths predict, by place and model.
fn moments(plan: &Plan, observations: &[Observation]) -> Vec<Vec<Moments>> {
    let prompts = plan.domains * plan.leaves * plan.prompts;
    let fit = additive(plan.models, prompts, observations);
    let mut table = vec![vec![Moments::default(); plan.models]; plan.places()];
    for (it, residual) in observations.iter().zip(fit.residuals) {
        for place in plan.lies(it.prompt) {
            table[place][it.model].add(residual);
        }
    }
    table
}
