//! What holds for every run: parts add up, interruptions leave no trace, limits stop it.

use crate::support::{
    Curves, base, bits, demonstrations, furthest, in_folder, integer, last, name, pairs, real, run,
    settings, weights,
};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use domain::method::{Method, Settings, Value};
use learn::Error;
use learn::data::{Batch, Sequence};
use learn::methods::{dpo, sft};
use learn::models::{Llama, RewardModel};
use learn::train::{Continue, Ended, Event, Session, log_probs_of};

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
            Method::Sft => {
                run(|s| sft::train(base(), &demonstrations, &settings, s))
                    .0
                    .model
            }
            _ => {
                run(|s| dpo::train(base(), &preferences, &settings, s))
                    .0
                    .model
            }
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
    for (method, tuning) in [
        (Method::Sft, "lora"),
        (Method::Sft, "full"),
        (Method::Dpo, "lora"),
    ] {
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
        assert!(
            bits(&rest.model) == bits(&whole.model),
            "{method:?} {tuning} differs"
        );

        let losses = |curves: &Curves| curves["loss"].clone();
        let joined = [losses(&half_curves), losses(&rest_curves)].concat();
        assert_eq!(joined, losses(&whole_curves), "and every loss on the way");
        assert_eq!(rest.card.outcome, whole.card.outcome);
    }
}

#[test]
fn a_run_can_be_paused_and_cancelled_while_the_reference_is_read() {
    let preferences = pairs(40, 9);
    let settings = short(Method::Dpo, &[]);
    let folder = tempfile::tempdir().unwrap();
    let ask = |answer: Continue| {
        let mut told = Vec::new();
        let heard = |event: &Event| match event {
            Event::Preparing { done, of, .. } => {
                told.push((*done, *of));
                if 2 * done > *of {
                    answer
                } else {
                    Continue::Yes
                }
            }
            _ => Continue::Yes,
        };
        let ended = in_folder(folder.path(), heard, |session| {
            dpo::train(base(), &preferences, &settings, session)
        });
        (ended, told)
    };
    let (paused, told) = ask(Continue::Pause);
    assert!(matches!(paused, Err(Error::Paused)));
    let (done, of) = *told.last().unwrap();
    assert_eq!(of, 80, "both responses of every pair");
    assert!(2 * done > of && done < of, "it stopped at once: {told:?}");
    assert!(learn::train::latest(folder.path()).is_none());
    assert!(matches!(ask(Continue::Cancel).0, Err(Error::Cancelled)));
    let (ended, told) = ask(Continue::Yes);
    assert_eq!(told.last(), Some(&(80, 80)));
    assert_eq!(ended.unwrap().0.ended, Ended::Finished);
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
    in_folder(folder.path(), heard, |s| {
        sft::train(base(), &data, &settings, s)
    })
    .unwrap();
    assert_eq!(saved, [4, 8, 12, 16, 20]);
    assert_eq!(learn::train::latest(folder.path()).unwrap().step, 20);
    let folders = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(
        folders, 2,
        "the newest one and the half-written one of before"
    );
}

#[test]
fn a_cancelled_run_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let settings = short(Method::Sft, &[]);
    let data = demonstrations(40);
    let cancel = |_: &Event| Continue::Cancel;
    let error = in_folder(folder.path(), cancel, |s| {
        sft::train(base(), &data, &settings, s)
    });
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
    let error = in_folder(
        folder.path(),
        |_| Continue::Yes,
        |s| sft::train(broken, &data, &settings, s),
    )
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
    assert_eq!(
        held_out.last().unwrap().0,
        best + 6,
        "three measurements later"
    );
    let all: Vec<Sequence> = data
        .iter()
        .map(|example| example.sequence.clone())
        .collect();
    let mean_loss = |model: &Llama| -> f64 {
        let each = log_probs_of(model, &all, 4);
        -each.concat().iter().map(|v| f64::from(*v)).sum::<f64>() / each.concat().len() as f64
    };
    assert!(mean_loss(&trained.model) < mean_loss(&base()));

    let limited = short(
        Method::Sft,
        &[&changes[..4], &[("kl_limit", real(0.5))]].concat(),
    );
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
    let (trained, _) = in_folder(folder.path(), pause, |s| {
        sft::train(base(), &data, &settings, s)
    })
    .unwrap();
    let (before, after) = (weights(&base()), weights(&trained.model));
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>(),
        "merged"
    );
    for (name, values) in &before {
        let adapted = name.contains("_proj");
        assert_eq!(values != &after[name], adapted, "{name}");
    }

    // Only the low-rank matrices stand in the checkpoint.
    let record =
        burn::store::ModuleRecord::load(folder.path().join("step-00000010/weights.bpk")).unwrap();
    assert_eq!(record.len(), 2 * 7 * 2);

    // Merging changes no answer.
    let record = record.allow_partial(true);
    let unmerged = base()
        .train()
        .with_lora(4, settings.real("lora_alpha"), 0)
        .load_record(record);
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
    let mut model = RewardModel::new(base(), 2);
    let weights = Tensor::<1, Int>::arange(0..64, &device)
        .float()
        .reshape([32, 2]);
    model.head.weight = model.head.weight.map(|_| weights.div_scalar(64.0));
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
    assert_eq!(
        all[0]
            .response()
            .iter()
            .filter(|token| **token == 1)
            .count(),
        1
    );
}
