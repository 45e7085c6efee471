//! A new policy against its base, where everything it learnt from was said by simulated annotators: their
//! rule is known, and judges what both answer to prompts that were held out.

use crate::words::Words;
use domain::measure::{Baseline, Figure, Outcome, WIN_RATE};
use domain::prompt::Message;
use domain::simulate::Annotator;
use domain::stats::{Random, bootstrap};
use learn::generate::{Sampling, generate_text};
use learn::models::Llama;
use std::cmp::Ordering;
use std::ops::ControlFlow;

/// The most prompts; more would take long and tell little.
const PROMPTS: usize = 120;
/// Answers of each model in all, about.
const ANSWERS: usize = 240;
/// Answers of each model to one prompt, at most.
const SAMPLES: usize = 8;
/// The most tokens of an answer.
const TOKENS: usize = 96;
/// Sequences that are sampled at the same time.
const ROWS: usize = 32;

/// The two models and what they are asked.
pub struct Match<'a> {
    /// Before training.
    pub base: &'a Llama,
    /// After it.
    pub policy: &'a Llama,
    /// Their words.
    pub words: &'a Words,
    /// Held-out prompts.
    pub prompts: &'a [&'a [Message]],
    /// Who judges.
    pub judge: &'a Annotator,
    /// The run's, of the draws.
    pub seed: u64,
    /// For templates that write a date.
    pub now: i64,
}

impl Match<'_> {
    /// Samples and judges, and adds the figure to the outcome. Both models draw by the same seeds, so that
    /// what differs is the models'. `tell` hears how many of the answers are there, and says whether to go
    /// on; nothing is added where it does not.
    ///
    /// # Errors
    /// When a conversation does not suit the model's chat template.
    pub fn play(
        &self,
        outcome: &mut Outcome,
        tell: &dyn Fn(usize, usize) -> bool,
    ) -> anyhow::Result<()> {
        let asked: Vec<Vec<u32>> = self
            .prompts
            .iter()
            .take(PROMPTS)
            .map(|messages| self.words.prompt(messages, self.now))
            .collect::<anyhow::Result<_>>()?;
        if asked.is_empty() {
            return Ok(());
        }
        let samples = (ANSWERS / asked.len()).clamp(1, SAMPLES);
        let all = 2 * samples * asked.len();
        let Some(before) = self.answers(self.base, &asked, samples, &|done| tell(done, all)) else {
            return Ok(());
        };
        let half = all / 2;
        let Some(after) =
            self.answers(self.policy, &asked, samples, &|done| tell(half + done, all))
        else {
            return Ok(());
        };
        // a prompt's answers say much the same: it counts as one, with its mean
        let scores: Vec<f64> = before
            .chunks(samples)
            .zip(after.chunks(samples))
            .filter_map(|(before, after)| self.score(before, after))
            .collect();
        outcome.figures.extend(figure(&scores, samples, self.seed));
        if !scores.is_empty() {
            outcome.remarks.push(format!(
                "Win rate: {samples} answers of each model to each of {} held-out prompts, drawn with the same seeds and judged by the rule that the simulated annotators went by; ties count half, and the interval is over prompts.",
                scores.len()
            ));
        }
        Ok(())
    }

    /// Each prompt's answers, one after the other.
    fn answers(
        &self,
        model: &Llama,
        prompts: &[Vec<u32>],
        samples: usize,
        tell: &dyn Fn(usize) -> bool,
    ) -> Option<Vec<String>> {
        let sampling = Sampling {
            max_tokens: TOKENS,
            samples,
            ends: self.words.tokenizer.ends().to_vec(),
            rows: ROWS,
            ..Sampling::default()
        };
        let most = prompts.len() * samples * TOKENS;
        let (mut tokens, mut going) = (0, true);
        let said = generate_text(
            model,
            &self.words.tokenizer,
            prompts,
            &sampling,
            &[],
            self.seed,
            &mut |_, _, _| {
                tokens += 1;
                going =
                    going && (tokens % ROWS > 0 || tell(prompts.len() * samples * tokens / most));
                match going {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            },
        );
        going.then(|| said.into_iter().map(|it| it.text).collect())
    }

    /// How often the new one's answer to this prompt is preferred; none where the rule says nothing about it.
    fn score(&self, before: &[String], after: &[String]) -> Option<f64> {
        let points = before.iter().zip(after).map(|(before, after)| {
            Some(match self.judge.prefers(after, before, None)? {
                Ordering::Greater => 1.0,
                Ordering::Equal => 0.5,
                Ordering::Less => 0.0,
            })
        });
        let points: Vec<f64> = points.collect::<Option<_>>()?;
        Some(points.iter().sum::<f64>() / points.len().max(1) as f64)
    }
}

/// The mean over prompts; none without one.
fn figure(scores: &[f64], samples: usize, seed: u64) -> Option<Figure> {
    let mean = |places: &[usize]| {
        let sum: f64 = places.iter().map(|&place| scores[place]).sum();
        (!places.is_empty()).then(|| sum / places.len() as f64)
    };
    let all: Vec<usize> = (0..scores.len()).collect();
    Some(Figure {
        name: WIN_RATE.into(),
        value: mean(&all)?,
        interval: bootstrap(scores.len(), 2000, &mut Random::seeded(seed), mean),
        of: scores.len() * samples,
        baselines: vec![Baseline {
            name: "the base model against itself".into(),
            value: 0.5,
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn prompts_are_what_the_interval_is_over() {
        let scores = [0.75, 1.0, 0.5, 0.75, 1.0, 0.75, 0.5, 0.75];
        let found = figure(&scores, 4, 1).unwrap();
        assert!((found.value - 0.75).abs() < 1e-12);
        assert_eq!(found.of, 32);
        let interval = found.interval.unwrap();
        assert!(interval.low > 0.5 && interval.low < 0.75 && interval.high < 1.0);
        assert!(figure(&[], 4, 1).is_none());
    }
}
