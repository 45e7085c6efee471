//! Every loss, value and gradient, against reference implementations run in float64 (each entry of
//! `golden/losses.json` names its own), and the identities that any right implementation has.

#![expect(
    clippy::cast_possible_truncation,
    reason = "the losses are computed in float32"
)]

use burn::tensor::{Device, Tensor};
use learn::losses::{
    Aggregation, DpoLoss, KtoLoss, PairLogProbs, bradley_terry, centring, dpo, kto, kto_baseline,
    log_odds_ratio, log_sigmoid, log1mexp, orpo, simpo,
};
use serde_json::Value;

fn golden() -> serde_json::Map<String, Value> {
    serde_json::from_str(include_str!("golden/losses.json")).unwrap()
}

fn device() -> Device {
    Device::flex().autodiff()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap())
        .collect()
}

fn tensor(values: &[f64]) -> Tensor<1> {
    let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    Tensor::from_floats(values.as_slice(), &device())
}

fn leaf(value: &Value) -> Tensor<1> {
    tensor(&numbers(value)).require_grad()
}

fn plain(tensor: Tensor<1>) -> Vec<f64> {
    tensor
        .into_data()
        .try_into_vec::<f32>()
        .unwrap()
        .into_iter()
        .map(f64::from)
        .collect()
}

/// To 1e-5 relative; near zero, where float32 has cancelled, to 1e-6 absolute.
fn assert_close(what: &str, got: &[f64], wanted: &[f64]) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    for (got_one, wanted_one) in got.iter().zip(wanted) {
        let allowed = (1e-5 * wanted_one.abs()).max(1e-6);
        assert!(
            (got_one - wanted_one).abs() <= allowed,
            "{what}: {got:?} instead of {wanted:?}"
        );
    }
}

fn pairs(inputs: &Value) -> PairLogProbs {
    let tokens = |name: &str| match inputs.get(name) {
        Some(tokens) => tensor(&numbers(tokens)),
        None => tensor(&vec![1.0; numbers(&inputs["policy_chosen"]).len()]),
    };
    PairLogProbs {
        chosen: leaf(&inputs["policy_chosen"]),
        rejected: leaf(&inputs["policy_rejected"]),
        reference_chosen: tensor(&numbers(&inputs["ref_chosen"])),
        reference_rejected: tensor(&numbers(&inputs["ref_rejected"])),
        chosen_tokens: tokens("chosen_tokens"),
        rejected_tokens: tokens("rejected_tokens"),
    }
}

#[test]
fn dpo_variants_agree_with_trl() {
    let mut checked = 0;
    for (key, entry) in golden() {
        let Some(name) = key.strip_prefix("dpo/") else {
            continue;
        };
        // TRL's "ipo" is the one with means.
        let name = match name.split('/').next().unwrap() {
            "ipo" => "ipo_mean",
            other => other,
        };
        let (inputs, outputs) = (&entry["inputs"], &entry["outputs"]);
        let pairs = pairs(inputs);
        let per_pair = dpo(
            DpoLoss::from_name(name).unwrap(),
            pairs.clone(),
            inputs["beta"].as_f64().unwrap(),
            inputs["label_smoothing"].as_f64().unwrap(),
            0.0,
        );
        assert_close(
            &key,
            &plain(per_pair.clone()),
            &numbers(&outputs["per_example"]),
        );
        let mut gradients = per_pair.mean().backward();
        for (side, leaf) in [
            ("dmean_dchosen", pairs.chosen),
            ("dmean_drejected", pairs.rejected),
        ] {
            let gradient = leaf.grad_remove(&mut gradients).unwrap();
            assert_close(
                &format!("{key} {side}"),
                &plain(gradient),
                &numbers(&outputs[side]),
            );
        }
        checked += 1;
    }
    assert_eq!(checked, 26);
}

#[test]
fn dpo_variants_agree_with_the_authors_of_dpo() {
    let golden = golden();
    for (key, loss, smoothing, reference) in [
        (r#"{"beta": 0.1}"#, DpoLoss::Sigmoid, 0.0, true),
        (
            r#"{"beta": 0.1, "label_smoothing": 0.1}"#,
            DpoLoss::Cdpo,
            0.1,
            true,
        ),
        (r#"{"beta": 0.1, "ipo": true}"#, DpoLoss::IpoSum, 0.0, true),
        (
            r#"{"beta": 0.1, "reference_free": true}"#,
            DpoLoss::Sigmoid,
            0.0,
            false,
        ),
    ] {
        let entry = &golden[&format!("dpo_em/{key}")];
        let mut pairs = pairs(&entry["inputs"]);
        if !reference {
            pairs.reference_chosen = pairs.reference_chosen.zeros_like();
            pairs.reference_rejected = pairs.reference_rejected.zeros_like();
        }
        let got = plain(dpo(loss, pairs, 0.1, smoothing, 0.0));
        assert_close(key, &got, &numbers(&entry["outputs"]["per_example"]));
    }
}

#[test]
fn losses_without_a_reference_agree_with_trl() {
    let golden = golden();
    let cpo = &golden["cpo/simpo"];
    let (chosen, rejected) = (
        leaf(&cpo["inputs"]["chosen"]),
        leaf(&cpo["inputs"]["rejected"]),
    );
    let got = plain(simpo(chosen.clone(), rejected.clone(), 2.0, 0.5));
    assert_close("simpo", &got, &numbers(&cpo["outputs"]["per_example"]));

    // Without a reference, CPO's losses are DPO's with log-ratios of zero.
    for (name, loss) in [
        ("sigmoid", DpoLoss::Sigmoid),
        ("hinge", DpoLoss::Hinge),
        ("ipo", DpoLoss::IpoSum),
    ] {
        let pairs = PairLogProbs {
            chosen: chosen.clone(),
            rejected: rejected.clone(),
            reference_chosen: chosen.zeros_like(),
            reference_rejected: chosen.zeros_like(),
            chosen_tokens: chosen.ones_like(),
            rejected_tokens: chosen.ones_like(),
        };
        let got = plain(dpo(loss, pairs, 0.1, 0.0, 0.0));
        let wanted = numbers(&golden[&format!("cpo/{name}")]["outputs"]["per_example"]);
        assert_close(name, &got, &wanted);
    }

    // The reference computed this one in float32.
    let entry = &golden["orpo/or_term"];
    let (chosen, rejected) = (
        leaf(&entry["inputs"]["avg_logp_chosen"]),
        leaf(&entry["inputs"]["avg_logp_rejected"]),
    );
    let odds = log_odds_ratio(chosen.clone(), rejected.clone());
    let wanted = entry["outputs"]["log_odds_mean"].as_f64().unwrap();
    assert_close("log odds", &plain(odds.clone().mean()), &[wanted]);
    let wanted = numbers(&entry["outputs"]["beta_log_sigmoid"]);
    assert_close("orpo", &plain(log_sigmoid(odds).mul_scalar(0.1)), &wanted);
    let total: Vec<f64> = plain(orpo(chosen.clone(), rejected, 0.1));
    let parts: Vec<f64> = plain(chosen)
        .iter()
        .zip(&wanted)
        .map(|(c, w)| -c - w)
        .collect();
    assert_close("orpo with imitation", &total, &parts);
}

#[test]
fn kto_agrees_with_trl() {
    let golden = golden();
    for (key, loss) in [
        ("kto/kto", KtoLoss::Kto),
        ("kto/apo_zero_unpaired", KtoLoss::ApoZeroUnpaired),
    ] {
        let (inputs, outputs) = (&golden[key]["inputs"], &golden[key]["outputs"]);
        let (good, bad) = (
            leaf(&inputs["desirable_logps"]),
            leaf(&inputs["undesirable_logps"]),
        );
        let ratio = Tensor::cat(
            vec![
                good.clone() - tensor(&numbers(&inputs["ref_desirable"])),
                bad.clone() - tensor(&numbers(&inputs["ref_undesirable"])),
            ],
            0,
        );
        let z = kto_baseline(
            tensor(&numbers(&inputs["KL_logps"])),
            tensor(&numbers(&inputs["ref_KL_logps"])),
        );
        if loss == KtoLoss::Kto {
            assert_close("z", &plain(z.clone()), &[outputs["kl"].as_f64().unwrap()]);
        }
        let per_response = kto(
            loss,
            ratio,
            tensor(&[1.0, 1.0, 0.0, 0.0]),
            z,
            0.1,
            (1.0, 1.5),
        );
        let wanted = numbers(&outputs["losses_desirable_then_undesirable"]);
        assert_close(key, &plain(per_response.clone()), &wanted);
        let mut gradients = per_response.mean().backward();
        let good = good.grad_remove(&mut gradients).unwrap();
        assert_close(key, &plain(good), &numbers(&outputs["grad_desirable"]));
        let bad = bad.grad_remove(&mut gradients).unwrap();
        assert_close(key, &plain(bad), &numbers(&outputs["grad_undesirable"]));
    }
}

#[test]
fn bradley_terry_agrees_with_openrlhf_and_trl() {
    let golden = golden();
    let inputs = &golden["rm/pairwise"]["inputs"];
    let (chosen, rejected) = (leaf(&inputs["chosen"]), leaf(&inputs["rejected"]));
    let none = chosen.zeros_like();
    let without = bradley_terry(chosen.clone(), rejected.clone(), none.clone(), none.clone());
    for key in ["rm/pairwise", "rm/logexp"] {
        let wanted = golden[key]["outputs"]["loss"].as_f64().unwrap();
        assert_close(key, &plain(without.clone().mean()), &[wanted]);
    }
    let margin = tensor(&[1.0, 0.0, 0.5]);
    let with = bradley_terry(chosen.clone(), rejected.clone(), margin, none.clone());
    let wanted = golden["rm/pairwise"]["outputs"]["with_margin_1_0_05"]
        .as_f64()
        .unwrap();
    assert_close("margin", &plain(with.mean()), &[wanted]);
    let centred = without.mean()
        + centring(chosen.clone(), rejected.clone())
            .mean()
            .mul_scalar(0.01);
    let wanted = golden["rm/trl_center"]["outputs"]["loss"].as_f64().unwrap();
    assert_close("centring", &plain(centred), &[wanted]);
}

#[test]
fn swapping_a_pair_mirrors_the_bradley_terry_loss() {
    let (a, b) = (tensor(&[1.2, -0.3, 40.0]), tensor(&[0.4, 0.1, -40.0]));
    let zero = a.zeros_like();
    let forward = bradley_terry(a.clone(), b.clone(), zero.clone(), zero.clone());
    let backward = bradley_terry(b.clone(), a.clone(), zero.clone(), zero.clone());
    // −log σ(−d) = −log σ(d) + d
    assert_close(
        "swap",
        &plain(backward),
        &plain(forward + (a.clone() - b.clone())),
    );
    let tie = a.ones_like();
    let one = plain(bradley_terry(
        a.clone(),
        b.clone(),
        zero.clone(),
        tie.clone(),
    ));
    let other = plain(bradley_terry(b, a.clone(), zero.clone(), tie.clone()));
    assert_close("a tie has no order", &one, &other);
    let least = plain(bradley_terry(a.clone(), a, zero, tie));
    assert_close("a tie is best at equal scores", &least, &[2f64.ln(); 3]);
}

#[test]
fn at_the_reference_every_loss_is_what_theory_says() {
    let at = tensor(&[-10.0, -25.0, -8.0]);
    let worse = tensor(&[-12.0, -20.0, -9.5]);
    let pairs = PairLogProbs {
        chosen: at.clone(),
        rejected: worse.clone(),
        reference_chosen: at.clone(),
        reference_rejected: worse,
        chosen_tokens: tensor(&[5.0, 12.0, 4.0]),
        rejected_tokens: tensor(&[6.0, 9.0, 7.0]),
    };
    let ln2 = 2f64.ln();
    for (loss, wanted) in [
        (DpoLoss::Sigmoid, ln2),
        (DpoLoss::Cdpo, ln2),
        (DpoLoss::Robust, ln2),
        (DpoLoss::SigmoidNorm, ln2),
        (DpoLoss::Aot, ln2),
        (DpoLoss::AotUnpaired, ln2),
        (DpoLoss::NcaPair, 2.0 * ln2),
        (DpoLoss::BcoPair, 2.0 * ln2),
        (DpoLoss::Hinge, 1.0),
        (DpoLoss::ApoZero, 1.0),
        (DpoLoss::ApoDown, 1.0),
        (DpoLoss::IpoMean, 25.0),
        (DpoLoss::IpoSum, 25.0),
        (DpoLoss::SppoHard, 50.0),
    ] {
        let got = plain(dpo(loss, pairs.clone(), 0.1, 0.2, 0.0));
        assert_close(&format!("{loss:?}"), &got, &[wanted; 3]);
    }
    let zero = tensor(&[0.0, 0.0, 0.0]);
    let z = kto_baseline(at.clone(), at);
    let got = plain(kto(
        KtoLoss::Kto,
        zero,
        tensor(&[1.0, 0.0, 1.0]),
        z,
        0.1,
        (1.0, 1.0),
    ));
    assert_close("kto", &got, &[0.5; 3]);
}

#[test]
fn extreme_log_ratios_stay_finite() {
    for sign in [1.0, -1.0] {
        let far = tensor(&[1e4 * sign]).require_grad();
        let zero = far.zeros_like();
        for (loss, name) in DpoLoss::ALL {
            if !loss.needs_reference() {
                continue;
            }
            let value = dpo(
                loss,
                PairLogProbs {
                    chosen: far.clone(),
                    rejected: zero.clone(),
                    reference_chosen: zero.clone(),
                    reference_rejected: zero.clone(),
                    chosen_tokens: far.ones_like(),
                    rejected_tokens: far.ones_like(),
                },
                0.5,
                0.1,
                0.0,
            );
            let mut gradients = value.clone().sum().backward();
            let gradient = far.grad_remove(&mut gradients).unwrap();
            for number in [plain(value), plain(gradient)].concat() {
                assert!(number.is_finite(), "{name} at {sign}e4: {number}");
            }
        }
    }
    let certain = tensor(&[-1e-9, -50.0]);
    assert!(
        plain(log1mexp(certain))
            .iter()
            .all(|value| value.is_finite())
    );
}

#[test]
fn every_name_in_the_settings_is_a_loss() {
    use domain::method::{Method, ValueKind};
    for (method, setting, known) in [
        (
            Method::Dpo,
            "loss",
            (|n| DpoLoss::from_name(n).is_some()) as fn(&str) -> bool,
        ),
        (Method::Kto, "loss", |n| KtoLoss::from_name(n).is_some()),
        (Method::Sft, "aggregation", |n| {
            Aggregation::from_name(n).is_some()
        }),
    ] {
        let table = method.settings();
        let setting = table.iter().find(|s| s.name == setting).unwrap();
        let ValueKind::Choice(choices) = &setting.kind else {
            panic!("{} is no choice", setting.name);
        };
        for choice in *choices {
            assert!(known(choice.name), "{} of {}", choice.name, method.name());
        }
    }
}
