//! Rounds of sampling and fine-tuning, which best of n and ILF share: each fine-tunes in a folder of its
//! own, and steps are counted through.

use super::sft;
use crate::data::Demonstration;
use crate::models::Llama;
use crate::train::{Continue, Ended, Event, Session, Trained};
use crate::{Error, Result};
use domain::method::Settings;

/// How many rounds there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounds(usize);

/// The round that is on.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    /// From 1.
    pub(super) round: usize,
    of: usize,
    /// Steps of the rounds before.
    steps: usize,
}

impl Rounds {
    pub(super) fn new(settings: &Settings) -> Self {
        Self(settings.integer("rounds").max(1))
    }
    pub(super) fn first(self) -> At {
        At {
            round: 1,
            of: self.0,
            steps: 0,
        }
    }
}

impl At {
    /// Tells what was measured of the samples, before anything is learnt from them.
    pub(super) fn tell(self, session: &mut Session<'_>, values: Vec<(String, f64)>) -> Result<()> {
        let event = Event::Metrics {
            step: self.steps,
            of: self.steps,
            values,
        };
        match (session.tell)(event) {
            Continue::Cancel => Err(Error::Cancelled),
            Continue::Yes | Continue::Pause => Ok(()),
        }
    }

    /// Fine-tunes the policy on what was selected; whether that was the last round, or it was paused.
    pub(super) fn fine_tune(
        &mut self,
        policy: Llama,
        learnt: &[Demonstration],
        settings: &Settings,
        session: &mut Session<'_>,
    ) -> Result<(Trained<Llama>, bool)> {
        let folder = session.folder.join(format!("round-{}", self.round));
        std::fs::create_dir_all(&folder).map_err(|cause| Error::artifact(&folder, cause))?;
        let before = self.steps;
        let rounds = self.of;
        let tell = &mut *session.tell;
        let mut told = |event: Event| match event {
            Event::Metrics { step, of, values } => tell(Event::Metrics {
                step: before + step,
                of: of * rounds,
                values,
            }),
            other => tell(other),
        };
        let round = Session {
            folder: &folder,
            clock: session.clock,
            tell: &mut told,
        };
        let mut trained = sft::train(policy, learnt, settings, round)?;
        self.steps += trained.card.steps;
        trained.card.steps = self.steps;
        let last = self.round == self.of || trained.ended == Ended::Paused;
        if !last {
            self.round += 1;
        }
        Ok((trained, last))
    }
}
