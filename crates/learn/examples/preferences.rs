//! From preferences to a reward model and a better policy on a real model, end to end:
//! `preferences MODEL EXPORT.jsonl (reward-model|dpo) [name=value …]`.
//!
//! Responses come from an export of a project (the demo's will do), preferences from a simulated annotator
//! with a known rule. Prints the curve, the held-out figures and what it cost; for a policy also how often
//! the annotator prefers its answers to held-out prompts over the base model's.

use burn::tensor::Device;
use domain::Fields;
use domain::measure::Figure;
use domain::method::{Method, Settings, Value};
use domain::prompt::Message;
use domain::simulate::Rule;
use domain::stats::{Random, wilson};
use learn::data::{Cut, Pair, split};
use learn::generate::{Sampling, generate};
use learn::methods::{dpo, reward_model};
use learn::models::{ChatTemplate, Llama, LoadedModel, load};
use learn::train::{Card, Continue, Event, Session};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, export, method, rest @ ..] = arguments.as_slice() else {
        eprintln!("preferences MODEL EXPORT.jsonl (reward-model|dpo) [name=value …]");
        std::process::exit(2);
    };
    let method = Method::from_name(method).expect("a method's name");
    let mut fields = Fields::default();
    for setting in rest {
        let (name, value) = setting.split_once('=').expect("name=value");
        fields.set(name, value);
    }
    let count = fields.number("pairs").expect("a number").unwrap_or(300);
    // A flag that is not named would be off in a form; here it keeps its default.
    let table = method.settings();
    for setting in &table {
        if setting.default == Value::Flag(true) && fields.get(setting.name).is_none() {
            fields.set(setting.name, "on");
        }
    }
    let settings = Settings::parse(&table, &fields).expect("settings within their ranges");
    let start = Instant::now();
    let device = Device::default();
    let loaded = load(Path::new(model), &device).expect("the model can be read");
    let (pairs, prompts) = preferences(
        &loaded,
        Path::new(export),
        count,
        settings.integer("max_length"),
    );
    println!("{} preferences on {} prompts", pairs.len(), prompts.len());

    let folder = tempfile::tempdir().expect("a folder");
    let mut tell = |event: Event| {
        if let Event::Metrics { step, of, values } = event {
            let line: Vec<String> = values
                .iter()
                .map(|(name, v)| format!("{name} {v:.4}"))
                .collect();
            println!(
                "{:6.0} s {step}/{of}  {}",
                start.elapsed().as_secs_f64(),
                line.join("  ")
            );
        }
        Continue::Yes
    };
    let session = Session {
        folder: folder.path(),
        clock: &|| start.elapsed().as_secs_f64(),
        tell: &mut tell,
    };
    if method == Method::RewardModel {
        let trained = reward_model::train(loaded.model, &pairs, &settings, session);
        report(&trained.expect("it trains").card);
    } else {
        let base = loaded.model.clone();
        let trained = dpo::train(loaded.model, &pairs, &settings, session).expect("it trains");
        report(&trained.card);
        let all: Vec<u64> = pairs.iter().map(|pair| pair.prompt).collect();
        let (_, held_out) = split(&all, settings.real("held_out"), 0);
        let held_out: BTreeMap<u64, &Vec<u32>> = held_out
            .iter()
            .map(|&i| (all[i], &prompts[&all[i]]))
            .collect();
        let held_out: Vec<Vec<u32>> = held_out.into_values().cloned().collect();
        let ends = loaded.tokenizer.ends();
        let answers = |model: &Llama| -> Vec<String> {
            let sampling = Sampling {
                max_tokens: 96,
                samples: 6,
                ends: ends.to_vec(),
                ..Sampling::default()
            };
            generate(model, &held_out, &sampling, 1, &mut |_| {
                ControlFlow::Continue(())
            })
            .into_iter()
            .map(|answer| loaded.tokenizer.decode(&answer.tokens))
            .collect()
        };
        let (ours, theirs) = (answers(&trained.model), answers(&base));
        let worth = |text: &String| rule().worth(text, None).unwrap_or(0.0);
        let orders: Vec<_> = ours
            .iter()
            .zip(&theirs)
            .map(|(a, b)| worth(a).total_cmp(&worth(b)))
            .collect();
        let wins = orders.iter().filter(|order| order.is_gt()).count();
        let decided = orders.iter().filter(|order| order.is_ne()).count();
        if let Some(interval) = wilson(wins, decided) {
            println!(
                "win rate against the base model: {:.3} [{:.3}, {:.3}] of {decided} decided ({} ties)",
                wins as f64 / decided as f64,
                interval.low,
                interval.high,
                orders.len() - decided
            );
        }
    }
    println!("{:.0} s in all", start.elapsed().as_secs_f64());
}

/// Every word is worth something, and length nothing.
fn rule() -> Rule {
    Rule::Hidden { seed: 1 }
}

/// Pairs of responses to one prompt that the annotator does not find equal, and the prompts' tokens.
fn preferences(
    loaded: &LoadedModel,
    export: &Path,
    count: usize,
    longest: usize,
) -> (Vec<Pair>, BTreeMap<u64, Vec<u32>>) {
    let text = std::fs::read_to_string(export).expect("the export can be read");
    let mut prompts: BTreeMap<String, Vec<Message>> = BTreeMap::new();
    let mut responses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        match row["type"].as_str() {
            Some("prompt") => {
                let messages = serde_json::from_value(row["messages"].clone()).expect("messages");
                prompts.insert(field("id"), messages);
            }
            Some("response") => responses
                .entry(field("prompt"))
                .or_default()
                .push(field("text")),
            _ => {}
        }
    }
    let template = loaded
        .template
        .clone()
        .unwrap_or_else(ChatTemplate::chat_ml);
    let (mut pairs, mut tokens, mut cut) = (Vec::new(), BTreeMap::new(), Cut::default());
    for (number, (id, messages)) in prompts.iter().enumerate() {
        let text = template.render(messages, true, 0).expect("a conversation");
        let prompt = loaded.tokenizer.encode(&text);
        let number = number as u64;
        tokens.insert(number, prompt.clone());
        let mut sequence = |response: &String| {
            let mut response = loaded.tokenizer.encode(response);
            response.extend(loaded.tokenizer.end());
            cut.fit(&prompt, &response, longest)
        };
        let all = responses.get(id).map(Vec::as_slice).unwrap_or_default();
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                let worth = |text: &String| rule().worth(text, None).unwrap_or(0.0);
                let difference = worth(one) - worth(other);
                let (better, worse) = if difference > 0.0 {
                    (one, other)
                } else {
                    (other, one)
                };
                if difference.abs() > 0.0 {
                    pairs.push(Pair {
                        prompt: number,
                        chosen: sequence(better),
                        rejected: sequence(worse),
                        strength: if difference.abs() > 2.0 { 2 } else { 1 },
                        tie: false,
                    });
                }
            }
        }
    }
    println!("{cut}");
    Random::seeded(0).shuffle(&mut pairs);
    pairs.truncate(count);
    (pairs, tokens)
}

fn report(card: &Card) {
    for Figure {
        name,
        value,
        interval,
        of,
        baselines,
    } in &card.outcome.figures
    {
        let interval =
            interval.map_or_else(String::new, |i| format!(" [{:.3}, {:.3}]", i.low, i.high));
        let others: Vec<String> = baselines
            .iter()
            .map(|b| format!("{} {:.3}", b.name, b.value))
            .collect();
        println!(
            "{name}: {value:.3}{interval} of {of}  {}",
            others.join(", ")
        );
    }
    println!(
        "{} steps, {} tokens, {:.0} s of training",
        card.steps, card.tokens, card.seconds
    );
}
