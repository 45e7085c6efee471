//! The methods on a tiny model: they learn what they should, parts of a batch add up, checkpoints bring
//! back the same trajectory to the last bit, and LoRA trains what it says.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use domain::method::{Method, Settings, Value};
use domain::stats::Random;
use learn::data::{Batch, Demonstration, Judged, Pair, Sequence};
use learn::methods::{dpo, kto, reward_model, sft};
use learn::models::{Llama, LlamaConfig, RewardModel};
use learn::train::{Continue, Ended, Event, Session, Trained, log_probs_of};
use learn::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Token 1 ends a response; 2 to 9 are good words, 10 to 17 bad ones, 18 to 25 stand in prompts.
const VOCABULARY: usize = 26;

fn base() -> Llama {
    let config = LlamaConfig {
        width: 32,
        heads: 2,
        kv_heads: 1,
        feed_forward: 64,
        ..LlamaConfig::tiny(VOCABULARY)
    };
    Llama::init(&config, &Device::flex())
}

fn words(random: &mut Random, first: u32, of: usize, length: usize) -> Vec<u32> {
    (0..length).map(|_| first + random.below(of) as u32).collect()
}

/// Pairs whose better response has more good words; lengths say nothing.
fn pairs(count: usize, seed: u64) -> Vec<Pair> {
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

fn demonstrations(count: usize) -> Vec<Demonstration> {
    pairs(count, 5)
        .into_iter()
        .map(|pair| Demonstration {
            prompt: pair.prompt,
            sequence: pair.chosen,
        })
        .collect()
}

fn judged(count: usize) -> Vec<Judged> {
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

fn settings(method: Method, changes: &[(&str, Value)]) -> Settings {
    let mut settings = Settings::defaults(&method.settings());
    for (name, value) in changes {
        assert!(settings.get(name).is_some(), "{name} is no setting of {method:?}");
        settings = settings.with(name, value.clone());
    }
    settings
}

fn real(value: f64) -> Value {
    Value::Real(value)
}

fn integer(value: i64) -> Value {
    Value::Integer(value)
}

fn name(value: &str) -> Value {
    Value::Name(value.to_owned())
}

/// Every curve a run told of, by name.
type Curves = BTreeMap<String, Vec<(usize, f64)>>;

/// Runs `method` in a folder; `answer` says after each event whether to go on.
fn in_folder<M>(
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

fn run<M>(method: impl FnOnce(Session<'_>) -> Result<Trained<M>>) -> (Trained<M>, Curves) {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), |_| Continue::Yes, method).unwrap()
}

fn last(curves: &Curves, name: &str) -> f64 {
    curves[name].last().unwrap().1
}

fn first(curves: &Curves, name: &str) -> f64 {
    curves[name][0].1
}

/// Every weight, by its path.
fn weights<M: Module>(model: &M) -> BTreeMap<String, Vec<f32>> {
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

fn bits<M: Module>(model: &M) -> BTreeMap<String, Vec<u32>> {
    weights(model)
        .into_iter()
        .map(|(name, values)| (name, values.into_iter().map(f32::to_bits).collect()))
        .collect()
}

fn furthest<M: Module>(one: &M, other: &M) -> f32 {
    let (one, other) = (weights(one), weights(other));
    let values = |all: BTreeMap<String, Vec<f32>>| all.into_values().flatten().collect::<Vec<_>>();
    values(one)
        .into_iter()
        .zip(values(other))
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

#[test]
fn a_reward_model_learns_a_planted_rule_that_length_cannot_tell() {
    for (tuning, rate) in [("lora", 1e-2), ("full", 3e-3)] {
        let settings = settings(
            Method::RewardModel,
            &[
                ("tuning", name(tuning)),
                ("learning_rate", real(rate)),
                ("epochs", integer(6)),
                ("micro_batch", integer(16)),
                ("margin", real(0.1)),
            ],
        );
        let data = pairs(240, 1);
        let (trained, curves) = run(|session| reward_model::train(base(), &data, &settings, session));
        let outcome = &trained.card.outcome;
        let accuracy = &outcome.figures[0];
        assert_eq!(accuracy.of, 48);
        let low = accuracy.interval.unwrap().low;
        assert!(low > 0.8, "{tuning}: {} from {low}", accuracy.value);
        let length = accuracy.baselines[0].value;
        assert!((0.3..0.7).contains(&length), "length alone reaches {length}");
        assert!(last(&curves, "held_out.loss") < first(&curves, "held_out.loss"));
        assert!((first(&curves, "held_out.loss") - 2f64.ln()).abs() < 0.2);
        // What the model says afterwards is what was measured.
        let fresh = pairs(50, 99);
        let score = |side: fn(&Pair) -> &Sequence| {
            let side: Vec<Sequence> = fresh.iter().map(|pair| side(pair).clone()).collect();
            trained.model.score(&side, 8)
        };
        let (better, worse) = (score(|p| &p.chosen), score(|p| &p.rejected));
        let right = better.iter().zip(worse).filter(|(b, w)| *b > w).count();
        assert!(right > 40, "{right} of 50");
    }
}

#[test]
fn ties_pull_scores_together() {
    let mut data = pairs(8, 2);
    for pair in &mut data[4..] {
        pair.tie = true;
    }
    let settings = settings(
        Method::RewardModel,
        &[
            ("tuning", name("full")),
            ("learning_rate", real(3e-3)),
            ("epochs", integer(60)),
            ("held_out", real(0.0)),
        ],
    );
    let (trained, _) = run(|session| reward_model::train(base(), &data, &settings, session));
    let gap = |pair: &Pair| {
        let scores = trained.model.score(&[pair.chosen.clone(), pair.rejected.clone()], 2);
        f64::from(scores[0] - scores[1])
    };
    let preferred: f64 = data[..4].iter().map(gap).fold(f64::INFINITY, f64::min);
    let tied: f64 = data[4..].iter().map(|pair| gap(pair).abs()).fold(0.0, f64::max);
    assert!(preferred > 2.0 && tied < 0.5, "preferred {preferred}, tied {tied}");
}

#[test]
fn every_variant_of_dpo_raises_the_margin() {
    let data = pairs(48, 3);
    for (loss, _) in learn::losses::DpoLoss::ALL {
        let loss = learn::losses::DpoLoss::ALL
            .into_iter()
            .find(|(known, _)| *known == loss)
            .unwrap()
            .1;
        let beta = if loss == "simpo" { 2.0 } else { 0.1 };
        let settings = settings(
            Method::Dpo,
            &[
                ("loss", name(loss)),
                ("beta", real(beta)),
                ("learning_rate", real(3e-3)),
                ("epochs", integer(3)),
                ("micro_batch", integer(16)),
                ("evaluate_every", integer(0)),
            ],
        );
        let (trained, curves) = run(|session| dpo::train(base(), &data, &settings, session));
        assert_eq!(trained.ended, Ended::Finished);
        let (before, after) = (first(&curves, "held_out.margin"), last(&curves, "held_out.margin"));
        // DiscoPOP's minimum lies at a slightly negative margin, as its authors say.
        let raises = after > before && after > 0.0;
        assert!(raises || loss == "discopop", "{loss}: {before} to {after}");
        let lost = last(&curves, "loss") - first(&curves, "loss");
        assert!(lost < 0.0, "{loss}: the loss rose by {lost}");
    }
}

#[test]
fn dpo_starts_at_ln_2_and_overfits_a_handful_in_full_and_by_lora() {
    let data = pairs(6, 4);
    for (tuning, rate) in [("lora", 1e-2), ("full", 1e-3)] {
        let settings = settings(
            Method::Dpo,
            &[
                ("tuning", name(tuning)),
                ("learning_rate", real(rate)),
                ("beta", real(1.0)),
                ("epochs", integer(60)),
                ("held_out", real(0.0)),
                ("final_rate", real(1.0)),
            ],
        );
        let (_, curves) = run(|session| dpo::train(base(), &data, &settings, session));
        assert!((first(&curves, "loss") - 2f64.ln()).abs() < 1e-6, "{tuning}");
        assert!(last(&curves, "loss") < 0.1, "{tuning}: {}", last(&curves, "loss"));
        assert_eq!(last(&curves, "accuracy"), 1.0);
        assert!(last(&curves, "chosen") > last(&curves, "rejected"));
    }
}

#[test]
fn imitation_beside_dpo_holds_the_chosen_responses_up() {
    let data = pairs(32, 7);
    let chosen = |weight: f64| {
        let settings = settings(
            Method::Dpo,
            &[
                ("learning_rate", real(1e-2)),
                ("epochs", integer(8)),
                ("held_out", real(0.0)),
                ("micro_batch", integer(16)),
                ("sft_weight", real(weight)),
            ],
        );
        let (_, curves) = run(|session| dpo::train(base(), &data, &settings, session));
        last(&curves, "chosen")
    };
    let (without, with) = (chosen(0.0), chosen(1.0));
    assert!(with > without, "{with} with imitation, {without} without");
}

#[test]
fn kto_separates_good_from_bad() {
    for loss in ["kto", "apo_zero_unpaired"] {
        let settings = settings(
            Method::Kto,
            &[
                ("loss", name(loss)),
                ("learning_rate", real(1e-2)),
                ("epochs", integer(6)),
                ("micro_batch", integer(16)),
            ],
        );
        let data = judged(160);
        let (trained, curves) = run(|session| kto::train(base(), &data, &settings, session));
        assert!((first(&curves, "loss") - 0.5).abs() < 1e-6, "at the reference every loss is ½");
        let separation = &trained.card.outcome.figures[0];
        let low = separation.interval.unwrap().low;
        assert!(low > 0.6, "{loss}: {} from {low}", separation.value);
        assert!(last(&curves, "held_out.chosen") > last(&curves, "held_out.rejected"));
        assert!(curves["kto_baseline"].iter().all(|(_, z)| *z >= 0.0));
    }
}

#[test]
fn kto_needs_good_and_bad() {
    let folder = tempfile::tempdir().unwrap();
    let mut data = judged(20);
    for example in &mut data {
        example.desirable = true;
    }
    let settings = settings(Method::Kto, &[]);
    let error = in_folder(folder.path(), |_| Continue::Yes, |session| {
        kto::train(base(), &data, &settings, session)
    })
    .unwrap_err();
    assert!(matches!(error, Error::TooLittleData { has: 0, needs: 4, .. }), "{error}");
}

#[test]
fn fine_tuning_lowers_the_loss_on_other_prompts() {
    // Around a random model's frozen embedding, whose logits are small, LoRA cannot move far.
    for (tuning, rate, least) in [("lora", 3e-2, 0.05), ("full", 3e-3, 0.5)] {
        for aggregation in ["token-mean", "sequence-mean"] {
            let settings = settings(
                Method::Sft,
                &[
                    ("tuning", name(tuning)),
                    ("aggregation", name(aggregation)),
                    ("learning_rate", real(rate)),
                    ("epochs", integer(5)),
                    ("micro_batch", integer(16)),
                ],
            );
            let data = demonstrations(100);
            let (trained, curves) = run(|session| sft::train(base(), &data, &settings, session));
            let figure = &trained.card.outcome.figures[0];
            let before = figure.baselines[0].value;
            assert!((before - (VOCABULARY as f64).ln()).abs() < 0.3, "{before}");
            let high = figure.interval.unwrap().high;
            assert!(high < before - least, "{tuning}: {before} to {}", figure.value);
            assert!(last(&curves, "held_out.kl") > 0.0);
        }
    }
}

/// Small settings in which nothing but the asked changes.
fn short(method: Method, changes: &[(&str, Value)]) -> Settings {
    let all = [
        ("learning_rate", real(1e-2)),
        ("batch_size", integer(8)),
        ("epochs", integer(5)),
        ("held_out", real(0.2)),
        ("evaluate_every", integer(7)),
        ("checkpoint_every", integer(0)),
    ];
    settings(method, &[&all, changes].concat())
}

#[test]
fn parts_of_a_batch_add_up_to_the_batch() {
    // With 8 = 1·8 = 4·2 = 8·1; the lengths differ, so that averages of averages would show.
    let demonstrations = demonstrations(40);
    let preferences = pairs(40, 8);
    let after = |method: Method, size: i64, aggregation: &str| {
        let mut changes = vec![("micro_batch", integer(size)), ("tuning", name("full"))];
        if method == Method::Sft {
            changes.push(("aggregation", name(aggregation)));
        }
        changes.push(("learning_rate", real(1e-3)));
        let settings = short(method, &changes);
        match method {
            Method::Sft => run(|s| sft::train(base(), &demonstrations, &settings, s)).0.model,
            _ => run(|s| dpo::train(base(), &preferences, &settings, s)).0.model,
        }
    };
    for (method, aggregation) in [
        (Method::Sft, "token-mean"),
        (Method::Sft, "sequence-mean"),
        (Method::Dpo, ""),
    ] {
        let whole = after(method, 8, aggregation);
        for size in [2, 1] {
            let moved = furthest(&whole, &after(method, size, aggregation));
            assert!(moved < 2e-4, "{method:?} {aggregation} by {size}: {moved}");
        }
        assert!(furthest(&whole, &base()) > 1e-2, "it moved at all");
    }
}

#[test]
fn an_interrupted_run_ends_with_the_same_bits() {
    let demonstrations = demonstrations(40);
    let preferences = pairs(40, 9);
    for (method, tuning) in [(Method::Sft, "lora"), (Method::Sft, "full"), (Method::Dpo, "lora")] {
        let settings = short(method, &[("tuning", name(tuning))]);
        let train = |session: Session<'_>| match method {
            Method::Sft => sft::train(base(), &demonstrations, &settings, session),
            _ => dpo::train(base(), &preferences, &settings, session),
        };
        let (whole, whole_curves) = run(train);
        assert_eq!(whole.card.steps, 20);

        let folder = tempfile::tempdir().unwrap();
        let pause = |event: &Event| match event {
            Event::Metrics { step: 10, .. } => Continue::Pause,
            _ => Continue::Yes,
        };
        let (half, half_curves) = in_folder(folder.path(), pause, train).unwrap();
        assert_eq!((half.ended, half.card.steps), (Ended::Paused, 10));
        assert_ne!(bits(&half.model), bits(&whole.model));
        drop(half);
        let (rest, rest_curves) = in_folder(folder.path(), |_| Continue::Yes, train).unwrap();
        assert_eq!((rest.ended, rest.card.steps), (Ended::Finished, 20));
        assert!(bits(&rest.model) == bits(&whole.model), "{method:?} {tuning} differs");

        let losses = |curves: &Curves| curves["loss"].clone();
        let joined = [losses(&half_curves), losses(&rest_curves)].concat();
        assert_eq!(joined, losses(&whole_curves), "and every loss on the way");
        assert_eq!(rest.card.outcome, whole.card.outcome);
    }
}

#[test]
fn checkpoints_replace_each_other_and_half_written_ones_are_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join(".step-00000099")).unwrap();
    let settings = short(Method::Sft, &[("checkpoint_every", integer(4))]);
    let data = demonstrations(40);
    let mut saved = Vec::new();
    let heard = |event: &Event| {
        if let Event::Checkpoint { step, folder } = event {
            assert!(folder.join("weights.bpk").is_file());
            saved.push(*step);
        }
        Continue::Yes
    };
    in_folder(folder.path(), heard, |s| sft::train(base(), &data, &settings, s)).unwrap();
    assert_eq!(saved, [4, 8, 12, 16, 20]);
    assert_eq!(learn::train::latest(folder.path()).unwrap().step, 20);
    let folders = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(folders, 2, "the newest one and the half-written one of before");
}

#[test]
fn a_cancelled_run_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let settings = short(Method::Sft, &[]);
    let data = demonstrations(40);
    let cancel = |_: &Event| Continue::Cancel;
    let error = in_folder(folder.path(), cancel, |s| sft::train(base(), &data, &settings, s));
    assert!(matches!(error, Err(Error::Cancelled)));
}

#[test]
fn divergence_names_the_step_and_the_last_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let settings = short(
        Method::Sft,
        &[
            ("learning_rate", real(1.0)),
            ("clip_norm", real(1e6)),
            ("tuning", name("full")),
            ("epochs", integer(1000)),
            ("checkpoint_every", integer(2)),
            ("evaluate_every", integer(0)),
            ("warmup", real(0.0)),
        ],
    );
    // A weight that is no number stands for whatever makes a real run diverge.
    let data = demonstrations(40);
    let mut broken = base();
    broken.norm.gamma = broken.norm.gamma.map(|gamma| gamma.mul_scalar(f32::NAN));
    let error = in_folder(folder.path(), |_| Continue::Yes, |s| {
        sft::train(broken, &data, &settings, s)
    })
    .unwrap_err();
    assert!(
        matches!(&error, Error::Diverged { step: 1, what, checkpoint: None } if what == "loss"),
        "{error}"
    );
}

#[test]
fn patience_keeps_the_best_weights_and_the_kl_limit_stops() {
    // Six examples and many epochs: the held-out loss falls, then rises.
    let data = demonstrations(12);
    let changes = [
        ("tuning", name("full")),
        ("held_out", real(0.5)),
        ("epochs", integer(200)),
        ("evaluate_every", integer(2)),
        ("patience", integer(3)),
    ];
    let settings = short(Method::Sft, &changes);
    let (trained, curves) = run(|s| sft::train(base(), &data, &settings, s));
    let Ended::EarlyStop(best) = trained.ended else {
        panic!("{:?}", trained.ended);
    };
    let held_out = &curves["held_out.loss"];
    let least = held_out.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!(least.0, best);
    assert_eq!(held_out.last().unwrap().0, best + 6, "three measurements later");
    let all: Vec<Sequence> = data.iter().map(|example| example.sequence.clone()).collect();
    let mean_loss = |model: &Llama| -> f64 {
        let each = log_probs_of(model, &all, 4);
        -each.concat().iter().map(|v| f64::from(*v)).sum::<f64>() / each.concat().len() as f64
    };
    assert!(mean_loss(&trained.model) < mean_loss(&base()));

    let limited = short(Method::Sft, &[&changes[..4], &[("kl_limit", real(0.5))]].concat());
    let (trained, curves) = run(|s| sft::train(base(), &data, &limited, s));
    assert_eq!(trained.ended, Ended::KlLimit);
    assert!(last(&curves, "held_out.kl") > 0.5);
}

#[test]
fn lora_changes_nothing_at_first_and_trains_nothing_else() {
    let sequences: Vec<Sequence> = pairs(4, 10).into_iter().map(|pair| pair.chosen).collect();
    let plain = log_probs_of(&base(), &sequences, 4);
    let with = base().train().with_lora(4, 8.0, 3);
    assert_eq!(log_probs_of(&with, &sequences, 4), plain);

    let settings = short(Method::Sft, &[("lora_rank", integer(4))]);
    let data = demonstrations(40);
    let folder = tempfile::tempdir().unwrap();
    let pause = |event: &Event| match event {
        Event::Metrics { step: 10, .. } => Continue::Pause,
        _ => Continue::Yes,
    };
    let (trained, _) = in_folder(folder.path(), pause, |s| sft::train(base(), &data, &settings, s)).unwrap();
    let (before, after) = (weights(&base()), weights(&trained.model));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "merged");
    for (name, values) in &before {
        let adapted = name.contains("_proj");
        assert_eq!(values != &after[name], adapted, "{name}");
    }

    // Only the low-rank matrices stand in the checkpoint.
    let record = burn::store::ModuleRecord::load(folder.path().join("step-00000010/weights.bpk")).unwrap();
    assert_eq!(record.len(), 2 * 7 * 2);

    // Merging changes no answer.
    let record = record.allow_partial(true);
    let unmerged = base().train().with_lora(4, settings.real("lora_alpha"), 0).load_record(record);
    let (apart, merged) = (
        log_probs_of(&unmerged, &sequences, 4),
        log_probs_of(&trained.model, &sequences, 4),
    );
    for (one, other) in apart.concat().iter().zip(merged.concat()) {
        assert!((one - other).abs() < 1e-4, "{one} and {other}");
    }
    assert!(!trained.model.embed_tokens.weight.val().is_autodiff());
}

#[test]
fn pads_change_nothing() {
    let device = Device::flex();
    let model = RewardModel::new(base(), 2, 0);
    let data = pairs(3, 11);
    let sequences: Vec<&Sequence> = data.iter().map(|pair| &pair.chosen).collect();
    let narrow = model.forward(&Batch::new(&sequences, &device));
    let wide = model.forward(&Batch::padded_to(40, &sequences, &device));
    assert_eq!(narrow.dims(), [3, 2]);
    let largest = (narrow - wide).abs().max().into_scalar::<f32>();
    assert!(largest < 1e-5, "{largest}");

    let all: Vec<Sequence> = data.iter().map(|pair| pair.chosen.clone()).collect();
    let together = log_probs_of(&base(), &all, 3);
    let apart = log_probs_of(&base(), &all, 1);
    for (one, other) in together.concat().iter().zip(apart.concat()) {
        assert!((one - other).abs() < 1e-5);
    }
    // The end-of-sequence token is among them, once.
    assert_eq!(together[0].len(), all[0].tokens.len() - all[0].prompt);
    assert_eq!(all[0].response().iter().filter(|token| **token == 1).count(), 1);
}
