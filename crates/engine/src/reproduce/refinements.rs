//! Experiment: refinements against preferences, at equal labels and at equal seconds of annotators.

use super::Experiment;
use super::arms::{BASE, World};
use super::claims::{Claim, Outcome, bad, reward};
use super::dpo::prefer;
use domain::Kind;
use domain::simulate::seconds_of;

const REFINED: &str = "SFT on refinements, all prompts";
const REFINED_SECONDS: &str = "SFT on refinements, as many as the preferences' seconds allow";
const DPO: &str = "DPO on preferences, all prompts";
const IPO: &str = "IPO (mean) on preferences, all prompts";
const DPO_NOISY: &str = "DPO on preferences, all prompts, 25 % flipped";
const WRITTEN: &str = "hours of annotators";

pub(super) const EXPERIMENT: Experiment = Experiment {
    id: "refinements",
    title: "D. Refinements against preferences",
    about: "One label a prompt: either a refinement of the first sample, or which of two samples is better. A comparison takes 61.5 seconds, writing the response oneself 195.5 (medians of Scheurer et al. 2023), so that the seconds of all preferences pay for 31 % as many refinements; both get the same number of training steps, preferences at the best of three learning rates (as in B), refinements at one. Refinements are without noise here, preferences without and with. Stated beforehand (methods.md, section 5.3, reading 1): refinements cut the error they name further than pairs on the same prompts.",
    claims: &[
        Claim {
            words: "at equal labels, refinements give more reward than preferences (DPO)",
            one: reward(REFINED),
            other: reward(DPO),
        },
        Claim {
            words: "at equal labels, refinements give more reward than preferences (IPO)",
            one: reward(REFINED),
            other: reward(IPO),
        },
        Claim {
            words: "at equal seconds, refinements give more reward than preferences (DPO)",
            one: reward(REFINED_SECONDS),
            other: reward(DPO),
        },
        Claim {
            words: "at equal seconds, refinements give more reward than preferences (IPO)",
            one: reward(REFINED_SECONDS),
            other: reward(IPO),
        },
        Claim {
            words: "at equal seconds, refinements leave fewer bad words than preferences (DPO)",
            one: bad(DPO),
            other: bad(REFINED_SECONDS),
        },
        Claim {
            words: "refinements give more reward than the base",
            one: reward(REFINED),
            other: reward(BASE),
        },
    ],
    run,
};

fn run(world: &World) -> anyhow::Result<Vec<Outcome>> {
    let refinements = world.feedback.refinements();
    let pairs = world.feedback.random_pairs(1, 0.0, world.seed);
    let flipped = world.feedback.random_pairs(1, 0.25, world.seed);
    let (compare, write) = (seconds_of(Kind::Preference), seconds_of(Kind::Refinement));
    // a comparison that ends in a tie took its time too
    let budget = compare * refinements.len() as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    let affordable = ((budget / write) as usize).max(4).min(refinements.len());
    let hours = |mut arm: Outcome, labels: usize, each: f64| {
        arm.extra
            .insert(WRITTEN.into(), labels as f64 * each / 3600.0);
        arm.extra.insert("labels".into(), labels as f64);
        arm
    };
    let all = refinements.len();
    let mut refined = world.gold()?;
    REFINED.clone_into(&mut refined.arm);
    let mut arms = world.controls()?;
    arms.extend([
        hours(refined, all, write),
        hours(
            world.imitate(REFINED_SECONDS, &refinements[..affordable])?,
            affordable,
            write,
        ),
        hours(prefer(world, DPO, "sigmoid", &pairs, &[])?, all, compare),
        hours(
            prefer(world, IPO, "ipo_mean", &pairs, &[("beta", 0.5)])?,
            all,
            compare,
        ),
        hours(
            prefer(world, DPO_NOISY, "sigmoid", &flipped, &[])?,
            all,
            compare,
        ),
    ]);
    Ok(arms)
}
