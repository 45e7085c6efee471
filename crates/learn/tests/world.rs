//! The tiny model in the word-removal world: what it is given to read, what methods make of it, and the gate
//! that keeps a bad selector from choosing.

use burn::tensor::Device;
use domain::method::{Method, Settings, Value};
use domain::simulate::words::{self, Setup, control, gold, heeds, reward};
use domain::stats::Random;
use learn::data::Sequence;
use learn::generate::Sampling;
use learn::methods::best_of_n::{self, Asked};
use learn::methods::ilf::{self, Critiqued, Feedback, Judgment, Question, Selector};
use learn::models::{Llama, LlamaConfig};
use learn::train::{Continue, Event, Session};
use learn::world::{LONGEST, Test, answer, ask, feedback, measure, refine, said, verify};

fn tiny(seed: u64) -> Llama {
    let config = LlamaConfig::tiny(words::VOCABULARY as usize);
    Llama::init_seeded(&config, seed, &Device::flex())
}

fn prompts(count: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut random = Random::seeded(seed);
    (0..count)
        .map(|_| words::prompt(Setup::USUAL, &mut random))
        .collect()
}

fn settings(method: Method, own: &[(&str, i64)]) -> Settings {
    let mut settings = Settings::defaults(&method.settings())
        .with("tuning", Value::Name("full".into()))
        .with("learning_rate", Value::Real(1e-2))
        .with("held_out", Value::Real(0.0))
        .with("evaluate_every", Value::Integer(0))
        .with("checkpoint_every", Value::Integer(0))
        .with("max_new_tokens", Value::Integer(10));
    for (name, value) in own {
        settings = settings.with(name, Value::Integer(*value));
    }
    settings
}

/// Runs a training; also what it told.
fn told<T>(run: impl FnOnce(Session<'_>) -> learn::Result<T>) -> (T, Vec<Event>) {
    let folder = tempfile::tempdir().unwrap();
    let mut events = Vec::new();
    let made = run(Session {
        folder: folder.path(),
        clock: &|| 0.0,
        tell: &mut |event| {
            events.push(event);
            Continue::Yes
        },
    });
    (made.unwrap(), events)
}

fn sampling(samples: usize) -> Sampling {
    Sampling {
        max_tokens: LONGEST,
        samples,
        ends: vec![control::EOS],
        ..Sampling::default()
    }
}

#[test]
fn questions_are_written_so_that_each_part_can_be_found_again() {
    let (x, y) = (vec![12, 44, 13], vec![12, 44]);
    assert_eq!(ask(&x), [control::BOS, 12, 44, 13, control::ANSWER]);
    assert_eq!(said(&answer(&y)), y);
    assert_eq!(said(&y), y, "a response that was cut off is all there is");
    let asked = refine(&x, &y, &[44]);
    let judged = verify(&x, &y, &[44], &[12]);
    assert_eq!(asked.last(), Some(&control::REFINE));
    assert_eq!(judged[..asked.len() - 1], asked[..asked.len() - 1]);
    assert_eq!(
        judged[asked.len() - 1..],
        [control::REFINED, 12, control::VERIFY]
    );
}

#[test]
fn feedback_of_every_kind_comes_from_the_same_samples() {
    let judged = feedback(&tiny(1), &prompts(12, 1), 3, 5);
    for it in &judged.prompts {
        assert_eq!(it.responses.len(), 3);
        for (response, given) in it.responses.iter().zip(&it.rewards) {
            assert!((reward(&it.prompt, response) - given).abs() < f64::EPSILON);
        }
    }
    for pair in judged.pairs(0.0, 1) {
        let x = &judged.prompts[usize::try_from(pair.prompt).unwrap()].prompt;
        let worth = |it: &Sequence| reward(x, said(it.response()));
        assert!(worth(&pair.chosen) > worth(&pair.rejected));
        let turned = judged.pairs(1.0, 1);
        let other = turned.iter().find(|it| it.prompt == pair.prompt).unwrap();
        assert_eq!(
            (&other.chosen, &other.rejected),
            (&pair.rejected, &pair.chosen)
        );
    }
    for it in judged.refinements() {
        let x = &judged.prompts[usize::try_from(it.prompt).unwrap()].prompt;
        assert_eq!(said(it.sequence.response()), gold(x));
    }
    for (it, remove) in judged.critiques() {
        assert!(
            remove
                .iter()
                .all(|&word| words::is_bad(word) && said(&it.response).contains(&word))
        );
    }
    let up = judged
        .thumbs(0.0, 1)
        .iter()
        .filter(|it| it.desirable)
        .count();
    assert!((12..24).contains(&up), "{up} of 24 are at least the median");
}

#[test]
fn measuring_a_policy_against_itself_finds_no_distance() {
    let model = tiny(2);
    let test = Test::new(8, 3);
    let own = measure(&model, &model, &test, 4);
    assert!(own.kl.abs() < 1e-3, "{}", own.kl);
    let other = measure(&model, &tiny(3), &test, 4);
    assert!(
        (own.reward - other.reward).abs() < f64::EPSILON,
        "the reward does not depend on the base"
    );
    assert!(own.reward < 0.0 && own.diversity > 0.5);
}

#[test]
fn best_of_n_learns_what_its_reward_likes() {
    let asked: Vec<Asked> = (0..)
        .zip(prompts(24, 7))
        .map(|(prompt, x)| Asked {
            prompt,
            tokens: ask(&x),
        })
        .collect();
    // a reward whose maximum is known: as many of one word as can be
    let likes = |all: &[Sequence]| -> Vec<f64> {
        let count = |it: &Sequence| it.response().iter().filter(|&&token| token == 20).count();
        all.iter().map(|it| count(it) as f64).collect()
    };
    let own = [
        ("samples", 16),
        ("rounds", 2),
        ("epochs", 6),
        ("batch_size", 8),
    ];
    let settings = settings(Method::BestOfN, &own);
    let ends = [control::EOS];
    let base = tiny(4);
    let (trained, events) =
        told(|session| best_of_n::train(base.clone(), &asked, &likes, &ends, &settings, session));
    let mean = |model: &Llama| {
        let all = best_of_n::candidates(model, &asked, &sampling(4), &likes, 9);
        learn::evaluate::mean(
            &all.iter()
                .flat_map(|it| it.rewards.clone())
                .collect::<Vec<_>>(),
        )
    };
    let (before, after) = (mean(&base), mean(&trained.model));
    assert!(after > 2.0 * before, "{before} → {after}");
    assert_eq!(trained.card.method, Method::BestOfN);
    // both rounds' steps are counted through
    let steps: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            Event::Metrics { step, values, .. }
                if values.iter().any(|(name, _)| name == "loss") =>
            {
                Some(*step)
            }
            _ => None,
        })
        .collect();
    assert_eq!(steps, (1..=trained.card.steps).collect::<Vec<_>>());
}

/// Examples whose critique names every bad word, with a right and a wrong refinement each.
fn cases() -> (Vec<Critiqued>, Vec<Judgment>) {
    let mut judged = Vec::new();
    let mut examples = Vec::new();
    for (number, x) in (0..).zip(prompts(60, 11)) {
        let remove = words::critique(&x, &x).remove;
        if remove.is_empty() {
            continue;
        }
        let of = Critiqued {
            prompt: number,
            ask: ask(&x),
            response: answer(&x),
            refine: refine(&x, &x, &remove),
        };
        for (refinement, right) in [(answer(&gold(&x)), true), (answer(&x), false)] {
            assert_eq!(heeds(&x, &remove, said(&refinement)), right);
            judged.push(Judgment {
                of: of.clone(),
                refinement,
                heeds: right,
            });
        }
        examples.push(of);
    }
    (examples, judged)
}

#[test]
fn a_selector_that_is_no_better_than_chance_may_not_choose() {
    let (examples, judged) = cases();
    let model = tiny(5);
    // whatever is asked, the question is the same: its answer cannot tell refinements apart
    let same = |_: &Critiqued, _: &[u32]| {
        vec![Question {
            tokens: vec![control::BOS, control::VERIFY],
            yes: control::YES,
            no: control::NO,
        }]
    };
    let settings = settings(Method::Ilf, &[("samples", 2), ("rounds", 1), ("epochs", 1)]);
    let run = |selector: Selector<'_>| {
        let feedback = Feedback {
            examples: &examples,
            judged: &judged,
            selector,
            critic: None,
            ends: &[control::EOS],
        };
        told(|session| ilf::train(model.clone(), &feedback, &settings, session))
    };
    let sentence = |events: &[Event]| {
        events
            .iter()
            .find_map(|event| match event {
                Event::Notice(words) => Some(words.clone()),
                _ => None,
            })
            .unwrap()
    };
    let (refused, events) = run(Selector::Questions(&model, &same));
    assert!(
        sentence(&events).contains("not above chance"),
        "{}",
        sentence(&events)
    );
    let (random, _) = run(Selector::Random);
    assert_eq!(
        refused.card.data, random.card.data,
        "it learnt what chance chose"
    );
    let figure = &refused
        .card
        .outcome
        .figures
        .iter()
        .find(|it| it.name == "selector_accuracy")
        .unwrap();
    assert!((figure.value - 0.5).abs() < 1e-9);

    // a selector that knows: answers differ as the refinement does
    let knows = |of: &Critiqued, refinement: &[u32]| {
        let whole = said(&of.response).len() == said(refinement).len();
        let (yes, no) = best_and_worst(&model);
        let (yes, no) = if whole { (no, yes) } else { (yes, no) };
        vec![Question {
            tokens: vec![control::BOS],
            yes,
            no,
        }]
    };
    let selector = Selector::Questions(&model, &knows);
    let accuracy = selector.accuracy(&judged).unwrap();
    assert!((accuracy.accuracy - 1.0).abs() < 1e-9 && accuracy.beats_chance());
    let (_, events) = run(selector);
    assert!(
        sentence(&events).ends_with("and chooses."),
        "{}",
        sentence(&events)
    );
}

/// The tokens that this model finds more and less probable after a start.
fn best_and_worst(model: &Llama) -> (u32, u32) {
    let after = |token: u32| {
        let sequence = [Sequence::new(&[control::BOS], &[token])];
        learn::train::log_probs_of(model, &sequence, 1)[0][0]
    };
    if after(control::YES) > after(control::NO) {
        (control::YES, control::NO)
    } else {
        (control::NO, control::YES)
    }
}

#[test]
fn what_people_select_is_what_is_learnt() {
    let (examples, _) = cases();
    let candidates: Vec<Vec<Vec<u32>>> = examples
        .iter()
        .map(|it| vec![it.response.clone(), answer(&[20])])
        .collect();
    let second = |_: &Critiqued, all: &[Vec<u32>]| (all.len() > 1).then_some(1);
    let chosen = ilf::select(&Selector::Person(&second), &examples, &candidates, 1);
    assert!(chosen.iter().all(|it| *it == Some(1)));
    let none = |_: &Critiqued, _: &[Vec<u32>]| None;
    let chosen = ilf::select(&Selector::Person(&none), &examples, &candidates, 1);
    assert!(chosen.iter().all(Option::is_none));
    let by_chance = ilf::select(&Selector::Random, &examples, &candidates, 1);
    assert!(by_chance.contains(&Some(0)) && by_chance.contains(&Some(1)));
}
