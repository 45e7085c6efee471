//! The pretraining of the word-removal world: a model learns to copy a list with gaps, to refine a list by a
//! critique, and to tell whether a refinement heeds one. **Which words are bad it is not told**: any word
//! may be named by a critique.
//!
//! Shares and probabilities: 45 % copies in which each word is dropped with probability 0.15, 35 %
//! refinements that remove one or two words, 20 % verifications, half of them of a faulty refinement.

use super::{LONGEST, answer, ask, refine, verify};
use crate::Result;
use crate::data::{Demonstration, Sequence};
use crate::methods::sft;
use crate::models::{Llama, LlamaConfig};
use crate::train::Session;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor};
use domain::method::{Method, Settings, Value};
use domain::simulate::words::{self, Setup, Token, VOCABULARY, control};
use domain::stats::Random;

/// Pretrains the tiny model on so many sequences, once through. A checkpoint every 250 steps, the last one too
/// where their number allows: the same call with the same folder goes on, or is done at once.
///
/// # Errors
/// As [`sft::train`].
pub fn pretrain(
    sequences: usize,
    seed: u64,
    device: &Device,
    session: Session<'_>,
) -> Result<Llama> {
    let config = LlamaConfig::tiny(VOCABULARY as usize);
    let model = widened(Llama::init_seeded(&config, seed, device));
    let integer = |value: u64| Value::Integer(i64::try_from(value).unwrap_or(0));
    let settings = Settings::defaults(&Method::Sft.settings())
        .with("tuning", Value::Name("full".into()))
        .with("learning_rate", Value::Real(4e-3))
        .with("final_rate", Value::Real(0.02))
        .with("epochs", Value::Integer(1))
        .with("batch_size", Value::Integer(BATCH))
        .with("micro_batch", Value::Integer(BATCH))
        .with("held_out", Value::Real(0.0))
        .with("evaluate_every", Value::Integer(0))
        .with("checkpoint_every", Value::Integer(250))
        .with("seed", integer(seed));
    let trained = sft::train(model, &corpus(sequences, seed), &settings, session)?;
    Ok(trained.model)
}

/// Sequences in each step: more steps of fewer learn copying sooner, at the same cost.
const BATCH: i64 = 32;

/// Matrices five times as wide: the usual deviation of 0.02 suits widths of some thousand (1/√width), and at
/// width 64 attention starts so flat that copying takes far longer to learn.
fn widened(model: Llama) -> Llama {
    struct Wider;
    impl ModuleMapper for Wider {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            // normalisations are vectors, and start at 1
            if D == 2 {
                param.map(|weights| weights * 5.0)
            } else {
                param
            }
        }
    }
    model.map(&mut Wider)
}

/// So many sequences of the three skills.
pub fn corpus(count: usize, seed: u64) -> Vec<Demonstration> {
    let mut random = Random::seeded(seed).fork(1);
    (0..count)
        .map(|number| Demonstration {
            prompt: number as u64,
            sequence: sequence(&mut random),
        })
        .collect()
}

fn sequence(random: &mut Random) -> Sequence {
    let prompt = words::prompt(Setup::USUAL, random);
    let mut response = copy(&prompt, random);
    response.truncate(LONGEST - 1);
    let skill = random.unit();
    if skill < 0.45 {
        return Sequence::new(&ask(&prompt), &answer(&response));
    }
    let remove = some_words(&response, random);
    let heeded: Vec<Token> = response
        .iter()
        .copied()
        .filter(|word| !remove.contains(word))
        .collect();
    if skill < 0.8 {
        return Sequence::new(&refine(&prompt, &response, &remove), &answer(&heeded));
    }
    let heeds = random.chance(0.5);
    let shown = if heeds {
        heeded
    } else {
        faulty(&response, &remove, &heeded, random)
    };
    let verdict = if heeds { control::YES } else { control::NO };
    Sequence::new(
        &verify(&prompt, &response, &remove, &shown),
        &[verdict, control::EOS],
    )
}

/// The prompt with each word dropped with probability 0.15; at least one stays.
fn copy(prompt: &[Token], random: &mut Random) -> Vec<Token> {
    let mut kept: Vec<Token> = prompt
        .iter()
        .copied()
        .filter(|_| !random.chance(0.15))
        .collect();
    if kept.is_empty() {
        kept.push(prompt[random.below(prompt.len())]);
    }
    kept
}

/// One or two different words of a list, in its order.
fn some_words(list: &[Token], random: &mut Random) -> Vec<Token> {
    let mut words = list.to_vec();
    random.shuffle(&mut words);
    words.dedup();
    words.truncate(1 + random.below(2));
    let mut found: Vec<Token> = Vec::new();
    for &word in list {
        if words.contains(&word) && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// A refinement that does not do what was asked: a word is left that should go, or one is gone that
/// should stay.
fn faulty(
    response: &[Token],
    remove: &[Token],
    heeded: &[Token],
    random: &mut Random,
) -> Vec<Token> {
    if heeded.is_empty() || random.chance(0.5) {
        let spared = remove[random.below(remove.len())];
        return response
            .iter()
            .copied()
            .filter(|word| *word == spared || !remove.contains(word))
            .collect();
    }
    let mut less = heeded.to_vec();
    less.remove(random.below(less.len()));
    less
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_teaches_skills_in_their_shares_and_no_preference() {
        let all = corpus(4000, 5);
        let share = |token: u32| {
            let with = all.iter().filter(|it| {
                let sequence = &it.sequence;
                sequence.tokens[sequence.prompt - 1] == token
            });
            with.count() as f64 / all.len() as f64
        };
        for (token, wanted) in [
            (control::ANSWER, 0.45),
            (control::REFINE, 0.35),
            (control::VERIFY, 0.2),
        ] {
            assert!(
                (share(token) - wanted).abs() < 0.03,
                "{token}: {}",
                share(token)
            );
        }
        // critiques name bad words as often as they stand in the lists
        let mut named = (0, 0);
        for it in &all {
            let tokens = &it.sequence.tokens;
            let Some(start) = tokens.iter().position(|&t| t == control::REMOVE) else {
                continue;
            };
            let words = tokens[start + 1..]
                .iter()
                .take_while(|&&t| t >= words::CONTROLS);
            for &word in words {
                named.0 += usize::from(words::is_bad(word));
                named.1 += 1;
            }
        }
        let bad =
            f64::from(u32::try_from(named.0).unwrap()) / f64::from(u32::try_from(named.1).unwrap());
        assert!((bad - 0.3).abs() < 0.04, "{bad}");
        assert_eq!(all, corpus(4000, 5));
    }

    #[test]
    fn verdicts_are_true() {
        for it in corpus(3000, 9) {
            let tokens = &it.sequence.tokens;
            if tokens[it.sequence.prompt - 1] != control::VERIFY {
                continue;
            }
            let at = |token: u32| tokens.iter().position(|&t| t == token).unwrap();
            let response = &tokens[at(control::ABOUT) + 1..at(control::REMOVE)];
            let remove = &tokens[at(control::REMOVE) + 1..at(control::REFINED)];
            let refinement = &tokens[at(control::REFINED) + 1..at(control::VERIFY)];
            let verdict = it.sequence.response()[0] == control::YES;
            assert_eq!(words::heeds(response, remove, refinement), verdict);
        }
    }
}
