//! ILF whose refinements people select: the run samples, asks people in the queue and waits, and goes on with
//! what they found to heed the critiques. Between asking and going on lies a claim of the job: nothing of it is
//! kept in memory.

use crate::examples::Criticised;
use crate::words::Words;
use learn::methods::ilf::Candidates;
use learn::{Error, Result};
use std::collections::BTreeSet;
use store::waiting::{Asked, Progress, Sampled, best};

/// What the training thread wants of the database.
#[derive(Debug)]
pub enum Want {
    /// Ask people about what was sampled in this round.
    Ask {
        /// From 1.
        round: i64,
        /// What was sampled.
        sampled: Vec<Sampled>,
    },
    /// Wait on: people are not done.
    Wait,
    /// Learn from these from now on, whatever people say later.
    Choose(Vec<domain::ids::AnnotationId>),
}

/// What people were asked, and how to ask them.
pub struct People<'a> {
    /// Everything that the run asked before.
    pub asked: &'a [Asked],
    /// Somebody said that it goes on with what is judged.
    pub goes_on: bool,
    /// Hands a want on; whether it was heeded.
    pub want: &'a dyn Fn(Want) -> bool,
    /// Tells people something.
    pub notice: &'a dyn Fn(String),
}

impl People<'_> {
    /// What people chose in a round, as [`learn::methods::ilf::Asks`] wants it.
    ///
    /// # Errors
    /// [`Error::Paused`] when they must be asked, or are not done; too little to learn from.
    pub fn chosen(
        &self,
        round: usize,
        cases: &[Criticised],
        words: &Words,
        sample: &dyn Fn() -> Candidates,
    ) -> Result<Candidates> {
        let number = i64::try_from(round).unwrap_or(i64::MAX);
        let of_round: Vec<Asked> = self
            .asked
            .iter()
            .filter(|it| it.round == number)
            .cloned()
            .collect();
        let Some(progress) = Progress::of(&of_round) else {
            let sampled = different(cases, &sample(), words);
            if sampled.is_empty() {
                return Err(too_few(
                    "refinements that change anything: the model that refines gives every response back as it was",
                ));
            }
            (self.want)(Want::Ask {
                round: number,
                sampled,
            });
            return Err(Error::Paused);
        };
        let decided: Vec<&Asked> = of_round.iter().filter(|it| it.chosen).collect();
        let chosen: Vec<Asked> = if decided.is_empty() {
            if !self.goes_on && !progress.is_enough() {
                (self.want)(Want::Wait);
                return Err(Error::Paused);
            }
            let chosen: Vec<Asked> = best(&of_round, number).into_values().collect();
            if chosen.is_empty() {
                return Err(too_few(
                    "refinements that people found to heed their critique: judge more of them in the queue, then let the run try again",
                ));
            }
            let ids = chosen.iter().map(|it| it.annotation.clone()).collect();
            if !(self.want)(Want::Choose(ids)) {
                return Err(Error::Cancelled);
            }
            chosen
        } else {
            decided.into_iter().cloned().collect()
        };
        (self.notice)(format!(
            "Round {round}: people judged {} of {} refinements of {} criticised responses; the run learns from {} of them.",
            progress.judged,
            progress.refinements,
            progress.critiques,
            chosen.len()
        ));
        let mut candidates: Candidates = vec![Vec::new(); cases.len()];
        for it in chosen {
            let place = usize::try_from(it.position).unwrap_or(usize::MAX);
            if let Some(of_case) = candidates.get_mut(place) {
                of_case.push(words.response(&it.text));
            }
        }
        Ok(candidates)
    }
}

/// The texts that people are asked about: of each case those that differ from the response and from each other.
fn different(cases: &[Criticised], candidates: &Candidates, words: &Words) -> Vec<Sampled> {
    let sampled = (0_i64..).zip(cases.iter().zip(candidates));
    sampled
        .filter_map(|(position, (case, candidates))| {
            let mut seen = BTreeSet::from([case.case.response.trim().to_owned()]);
            let texts: Vec<String> = candidates
                .iter()
                .map(|tokens| words.tokenizer.decode(tokens).trim().to_owned())
                .filter(|text| !text.is_empty() && seen.insert(text.clone()))
                .collect();
            (!texts.is_empty()).then(|| Sampled {
                position,
                prompt: case.prompt.clone(),
                response: case.response.clone(),
                texts,
            })
        })
        .collect()
}

fn too_few(what: &str) -> Error {
    Error::TooLittleData {
        what: what.to_owned(),
        has: 0,
        needs: 1,
    }
}
