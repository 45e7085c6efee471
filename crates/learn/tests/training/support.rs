//! A tiny model, data with a planted rule, and a run that remembers its curves.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use domain::method::{Method, Settings, Value};
use domain::stats::Random;
use learn::Result;
use learn::data::{Demonstration, Judged, Pair, Sequence};
use learn::models::{Llama, LlamaConfig};
use learn::train::{Continue, Event, Session, Trained};
use std::collections::BTreeMap;
use std::path::Path;

/// Token 1 ends a response; 2 to 9 are good words, 10 to 17 bad ones, 18 to 25 stand in prompts.
pub(crate) const VOCABULARY: usize = 26;

pub(crate) fn base() -> Llama {
    let config = LlamaConfig {
        width: 32,
        heads: 2,
        kv_heads: 1,
        feed_forward: 64,
        ..LlamaConfig::tiny(VOCABULARY)
    };
    Llama::init(&config, &Device::flex())
}

pub(crate) fn words(random: &mut Random, first: u32, of: usize, length: usize) -> Vec<u32> {
    (0..length)
        .map(|_| first + random.below(of) as u32)
        .collect()
}

/// Pairs whose better response has more good words; lengths say nothing.
pub(crate) fn pairs(count: usize, seed: u64) -> Vec<Pair> {
    let mut random = Random::seeded(seed);
    (0..count)
        .map(|i| {
            let prompt = words(&mut random, 18, 8, 3);
            let mut side = |good: usize, bad: usize| {
                let mut all = words(&mut random, 2, 8, good);
                all.extend(words(&mut random, 10, 8, bad));
                random.shuffle(&mut all);
                all.push(1);
                Sequence::new(&prompt, &all)
            };
            let longer = i % 2;
            Pair {
                prompt: i as u64,
                chosen: side(3 + longer, 1),
                rejected: side(1, 4 - longer),
                strength: 1 + (i % 3) as u8,
                tie: false,
            }
        })
        .collect()
}

pub(crate) fn demonstrations(count: usize) -> Vec<Demonstration> {
    pairs(count, 5)
        .into_iter()
        .map(|pair| Demonstration {
            prompt: pair.prompt,
            sequence: pair.chosen,
        })
        .collect()
}

pub(crate) fn judged(count: usize) -> Vec<Judged> {
    pairs(count / 2, 6)
        .into_iter()
        .flat_map(|pair| {
            [(pair.chosen, true), (pair.rejected, false)].map(|(sequence, desirable)| Judged {
                prompt: pair.prompt,
                sequence,
                desirable,
            })
        })
        .collect()
}

pub(crate) fn settings(method: Method, changes: &[(&str, Value)]) -> Settings {
    let mut settings = Settings::defaults(&method.settings());
    for (name, value) in changes {
        assert!(
            settings.get(name).is_some(),
            "{name} is no setting of {method:?}"
        );
        settings = settings.with(name, value.clone());
    }
    settings
}

pub(crate) fn real(value: f64) -> Value {
    Value::Real(value)
}

pub(crate) fn integer(value: i64) -> Value {
    Value::Integer(value)
}

pub(crate) fn name(value: &str) -> Value {
    Value::Name(value.to_owned())
}

/// Every curve a run told of, by name.
pub(crate) type Curves = BTreeMap<String, Vec<(usize, f64)>>;

/// Runs `method` in a folder; `answer` says after each event whether to go on.
pub(crate) fn in_folder<M>(
    folder: &Path,
    mut answer: impl FnMut(&Event) -> Continue,
    method: impl FnOnce(Session<'_>) -> Result<Trained<M>>,
) -> Result<(Trained<M>, Curves)> {
    let mut curves = Curves::new();
    let mut tell = |event: Event| {
        let answer = answer(&event);
        if let Event::Metrics { step, values, .. } = event {
            for (name, value) in values {
                curves.entry(name).or_default().push((step, value));
            }
        }
        answer
    };
    let trained = method(Session {
        folder,
        clock: &|| 0.0,
        tell: &mut tell,
    })?;
    Ok((trained, curves))
}

pub(crate) fn run<M>(
    method: impl FnOnce(Session<'_>) -> Result<Trained<M>>,
) -> (Trained<M>, Curves) {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), |_| Continue::Yes, method).unwrap()
}

pub(crate) fn last(curves: &Curves, name: &str) -> f64 {
    curves[name].last().unwrap().1
}

pub(crate) fn first(curves: &Curves, name: &str) -> f64 {
    curves[name][0].1
}

/// Every weight, by its path.
pub(crate) fn weights<M: Module>(model: &M) -> BTreeMap<String, Vec<f32>> {
    #[derive(Default)]
    struct Collect(Vec<String>, BTreeMap<String, Vec<f32>>);
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.0.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.0.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let values = param.val().into_data().try_into_vec().unwrap();
            self.1.insert(self.0.join("."), values);
        }
    }
    let mut collect = Collect::default();
    model.visit(&mut collect);
    collect.1
}

pub(crate) fn bits<M: Module>(model: &M) -> BTreeMap<String, Vec<u32>> {
    weights(model)
        .into_iter()
        .map(|(name, values)| (name, values.into_iter().map(f32::to_bits).collect()))
        .collect()
}

pub(crate) fn furthest<M: Module>(one: &M, other: &M) -> f32 {
    let (one, other) = (weights(one), weights(other));
    let values = |all: BTreeMap<String, Vec<f32>>| all.into_values().flatten().collect::<Vec<_>>();
    values(one)
        .into_iter()
        .zip(values(other))
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}
