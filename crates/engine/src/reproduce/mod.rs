//! `touchstone-engine reproduce`: do the methods do what their papers say? In the word-removal world, where
//! the right answer is known, from the same base models, each arm beside its controls, each seed on its own;
//! claims and thresholds stand in the experiments before anything runs, and the verdict is a rule.
//!
//! Results are kept as JSON, a file an experiment and seed, so that a run that was broken off goes on;
//! `docs/reproductions.md` is written from all that are there.

mod arms;
mod best_of_n;
mod claims;
mod dpo;
mod ilf;
mod refinements;
mod report;

use anyhow::Context;
use arms::{Scale, World};
use claims::{Claim, Outcome};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Check the methods against what their papers claim, in a world whose right answers are known.
#[derive(Args, Debug)]
pub struct Reproduce {
    /// Which experiment.
    #[arg(default_value = "all")]
    method: Which,
    /// How many seeds, from 1.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Only this seed, for several processes side by side.
    #[arg(long)]
    seed: Option<u64>,
    /// How many base models the seeds share; one for each if unset. A base is most of the time it takes.
    #[arg(long)]
    bases: Option<u64>,
    /// Where results are kept.
    #[arg(long, default_value = "target/reproductions")]
    results: PathBuf,
    /// The page that is written from them.
    #[arg(long, default_value = "docs/reproductions.md")]
    page: PathBuf,
    /// A few steps on a few prompts, to see that everything runs; says nothing about the methods.
    #[arg(long)]
    small: bool,
}

/// The experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Learning from critiques, against its controls.
    Ilf,
    /// DPO and its variants under label noise, and KTO.
    Dpo,
    /// Reward model, best of n, its over-optimisation, expert iteration.
    BestOfN,
    /// Refinements against preferences, at equal labels and at equal seconds.
    Refinements,
    /// All of them, which share a base model for each seed.
    All,
    /// None: only write the page again.
    Report,
}

/// An experiment: what it asks, what is claimed, and how it is run.
struct Experiment {
    id: &'static str,
    title: &'static str,
    about: &'static str,
    claims: &'static [Claim],
    run: fn(&World) -> anyhow::Result<Vec<Outcome>>,
}

/// Where the part of the page begins that is written by hand.
const READINGS: &str = "\n## Readings\n";

const ALL: [&Experiment; 4] = [
    &ilf::EXPERIMENT,
    &dpo::EXPERIMENT,
    &best_of_n::EXPERIMENT,
    &refinements::EXPERIMENT,
];

/// One experiment on one seed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Result {
    experiment: String,
    seed: u64,
    /// The seed of the base model.
    base: u64,
    scale: Scale,
    arms: Vec<Outcome>,
    seconds: f64,
}

impl Which {
    fn experiments(self) -> Vec<&'static Experiment> {
        let one = match self {
            Self::Ilf => "ilf",
            Self::Dpo => "dpo",
            Self::BestOfN => "best-of-n",
            Self::Refinements => "refinements",
            Self::All => return ALL.to_vec(),
            Self::Report => return Vec::new(),
        };
        ALL.into_iter().filter(|it| it.id == one).collect()
    }
}

impl Reproduce {
    /// Runs what is not there yet, and writes the page.
    ///
    /// # Errors
    /// When a run fails or a file cannot be written.
    pub fn run(&self) -> anyhow::Result<()> {
        let scale = if self.small {
            Scale::SMALL
        } else {
            Scale::FULL
        };
        std::fs::create_dir_all(&self.results)
            .with_context(|| format!("cannot make {}", self.results.display()))?;
        anyhow::ensure!(self.seed != Some(0), "seeds count from 1");
        let seeds = match self.seed {
            Some(seed) => seed..=seed,
            None => 1..=self.seeds,
        };
        for seed in seeds {
            let missing: Vec<_> = self
                .method
                .experiments()
                .into_iter()
                .filter(|it| !self.file(it, seed).exists())
                .collect();
            if missing.is_empty() {
                continue;
            }
            tracing::info!(seed, "pretraining the base model");
            let base = (seed - 1) % self.bases.unwrap_or(u64::MAX).max(1) + 1;
            let world = World::new(scale, seed, base, &self.results)?;
            for experiment in missing {
                let begun = Instant::now();
                let result = Result {
                    experiment: experiment.id.to_owned(),
                    seed,
                    base,
                    scale,
                    arms: (experiment.run)(&world)?,
                    seconds: begun.elapsed().as_secs_f64(),
                };
                let file = self.file(experiment, seed);
                std::fs::write(&file, serde_json::to_vec_pretty(&result)?)
                    .with_context(|| format!("cannot write {}", file.display()))?;
                tracing::info!(
                    seed,
                    experiment = experiment.id,
                    seconds = result.seconds,
                    "done"
                );
            }
        }
        let results = read(&self.results)?;
        let mut page = report::page(&ALL, &results);
        // what people made of the numbers stays when the numbers are written again
        let before = std::fs::read_to_string(&self.page).unwrap_or_default();
        if let Some(start) = before.find(READINGS) {
            page.push_str(&before[start..]);
        }
        if let Some(folder) = self.page.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&self.page, page)
            .with_context(|| format!("cannot write {}", self.page.display()))?;
        Ok(())
    }

    fn file(&self, experiment: &Experiment, seed: u64) -> PathBuf {
        self.results.join(format!("{}-{seed}.json", experiment.id))
    }
}

/// All results in a folder, by experiment and seed.
fn read(folder: &Path) -> anyhow::Result<Vec<Result>> {
    let mut results = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let text = std::fs::read(&path)?;
            let result: Result = serde_json::from_slice(&text)
                .with_context(|| format!("cannot read {}", path.display()))?;
            results.push(result);
        }
    }
    results.sort_by(|a, b| (&a.experiment, a.seed).cmp(&(&b.experiment, b.seed)));
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_version_of_every_experiment_runs_and_writes_its_page() {
        let folder = tempfile::tempdir().unwrap();
        let command = Reproduce {
            method: Which::All,
            seeds: 1,
            seed: None,
            bases: None,
            results: folder.path().join("results"),
            page: folder.path().join("page.md"),
            small: true,
        };
        command.run().unwrap();
        let page = std::fs::read_to_string(&command.page).unwrap();
        for experiment in ALL {
            assert!(page.contains(experiment.title), "{}", experiment.id);
            for claim in experiment.claims {
                assert!(page.contains(claim.words), "{}", claim.words);
            }
        }
        let results = read(&command.results).unwrap();
        assert_eq!(results.len(), ALL.len());
        for result in &results {
            let experiment = ALL.iter().find(|it| it.id == result.experiment).unwrap();
            for claim in experiment.claims {
                // every claim is about arms and numbers that the experiment really gives
                for side in [claim.one, claim.other] {
                    // with so little pretraining it may be that nothing heeds a critique, and then no
                    // selector can be right or wrong about it
                    if matches!(side.metric, claims::Metric::Extra(ilf::ACCURACY)) {
                        continue;
                    }
                    assert!(
                        claims::value(side, &result.arms).is_some(),
                        "{side:?} of {}",
                        result.experiment
                    );
                }
            }
            for arm in &result.arms {
                assert!(
                    arm.measured.reward <= 0.0 && arm.measured.reward.is_finite(),
                    "{}",
                    arm.arm
                );
                assert!((0.0..=1.0).contains(&arm.measured.exact), "{}", arm.arm);
            }
            let base = result
                .arms
                .iter()
                .find(|arm| arm.arm == arms::BASE)
                .unwrap();
            assert!(
                base.measured.kl.abs() < 1e-3,
                "the base is no distance from itself: {}",
                base.measured.kl
            );
        }
        // a second run finds everything there, changes nothing, and keeps what was written by hand
        let read = format!("{page}{READINGS}\nBy hand.\n");
        std::fs::write(&command.page, &read).unwrap();
        command.run().unwrap();
        assert_eq!(std::fs::read_to_string(&command.page).unwrap(), read);
    }
}
