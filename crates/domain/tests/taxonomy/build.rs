//! `TaxBuilder` and `RealMix` with models that are played by rule.

use super::{at, minting, name, paths, place, prompts, tree};
use domain::ids::PromptId;
use domain::stats::Random;
use domain::taxonomy::build::{Insertion, Refinement, Unread, Why, accept};
use domain::taxonomy::realmix::{self, Written};
use domain::taxonomy::{Outline, Refused, path};
use std::collections::BTreeSet;

/// Answers as somebody would who knows where everything belongs.
fn knowing(call: &str, truth: &Outline) -> String {
    let new = call
        .split("The new category: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let level = call
        .split("The level stands below: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let depth = path::split(level).len();
    let line = truth
        .to_paths()
        .into_iter()
        .map(|p| path::split(&p))
        .find(|p| p.last().is_some_and(|n| n.eq_ignore_ascii_case(new)));
    let line = line.expect("the new name is in the truth");
    if line.len() == depth + 1 {
        return "It stands beside them.\n<decision>ADD</decision>".into();
    }
    format!(
        "Inside. <decision>EXISTS</decision>? No.\n<decision>\"{}\"</decision>",
        line[depth]
    )
}

#[test]
fn insertion_builds_the_tree_that_the_model_has_in_mind() {
    let truth = Outline::parse("T/Writing/Mail/Complaint\nT/Writing/Mail/Thanks\nT/Writing/Poem\nT/Code/Rust/Async\nT/Code/SQL").unwrap();
    let names = [
        "Writing",
        "Code",
        "Mail",
        "Poem",
        "SQL",
        "Rust",
        "Thanks",
        "Async",
        "Complaint",
        "thanks",
        "Code",
    ];
    let empty = tree("T");
    let facet = at(&empty, "T");
    let mut machine = Insertion::new(empty.clone(), facet, names.map(name));
    let mut mint = minting(500);
    while let Some(call) = machine.next() {
        machine.reply(&knowing(&call, &truth), &mut mint).unwrap();
    }
    let all: Vec<usize> = (0..machine.proposals().len()).collect();
    let mut built = empty.clone();
    built
        .apply(&accept(&empty, machine.proposals(), &all).steps)
        .unwrap();
    let sorted = |it: Vec<String>| it.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(sorted(paths(&built)), sorted(truth.to_paths()));
    // “thanks” was found among its siblings, “Code” needed no call
    assert_eq!(machine.left().len(), 2);
    assert!(machine.left().iter().all(|left| left.why == Why::Exists));
    // one call for each level on the way that is not empty: 15 for nine names, 2 to find “thanks”
    assert_eq!(machine.calls(), 15 + 2);

    // singly: what stands on something that was not accepted is refused, the rest is done
    let rust = machine
        .proposals()
        .iter()
        .position(|p| p.what.contains("Rust"))
        .unwrap();
    let chosen: Vec<usize> = all.into_iter().filter(|n| *n != rust).collect();
    let some = accept(&empty, machine.proposals(), &chosen);
    assert_eq!(some.refused.len(), 1);
    assert_eq!(some.refused[0].1, Refused::NoNode);
    assert_eq!(some.steps.len(), 7);
}

#[test]
fn replies_that_cannot_be_read_are_counted_and_end_after_three() {
    let it = tree("T/A\nT/B");
    let mut machine = Insertion::new(it.clone(), at(&it, "T"), ["X", "Y"].map(name));
    let mut mint = minting(500);
    let first = machine.next().unwrap();
    assert_eq!(machine.reply("no idea", &mut mint), Err(Unread::NoDecision));
    assert_eq!(machine.next().unwrap(), first, "it is asked again");
    assert_eq!(
        machine.reply("<decision>C</decision>", &mut mint),
        Err(Unread::Unknown("C".into()))
    );
    assert!(machine.reply("<decision></decision>", &mut mint).is_err());
    assert_eq!(
        machine.left()[0].why,
        Why::Unread("<decision></decision>".into())
    );
    machine.reply(r"<decision>a<\decision>", &mut mint).unwrap();
    assert_eq!(machine.proposals()[0].what, "Add “Y” below T/A");
    assert_eq!((machine.next(), machine.calls()), (None, 4));
    assert_eq!(
        machine.reply("<decision>ADD</decision>", &mut mint),
        Err(Unread::NotAsked)
    );
    // the machine survives being written down
    let text = serde_json::to_string(&machine).unwrap();
    let again: Insertion = serde_json::from_str(&text).unwrap();
    assert_eq!(again.proposals(), machine.proposals());
}

#[test]
fn refinement_goes_down_level_by_level() {
    let mut it = tree(
        "T/Mythology novel\nT/Car/Red\nT/Car/red ish\nT/Automobile/Fast\nT/Nothing\nT/Sonnet\nT/Haiku\nT/Keep",
    );
    place(&mut it, "T/Mythology novel", &["1"]);
    place(&mut it, "T/Nothing", &["2"]);
    let mut machine = Refinement::new(it.clone(), at(&it, "T"));
    let mut mint = minting(500);
    let call = machine.next().unwrap();
    assert!(call.contains("- Mythology novel") && call.contains("nothing below"));
    for (bad, why) in [
        (r#"{"delete": ["Nope"]}"#, Unread::Unknown("Nope".into())),
        (
            r#"{"delete": ["Keep"], "keep": ["Keep"]}"#,
            Unread::Twice("Keep".into()),
        ),
    ] {
        assert_eq!(
            machine.reply(&format!("<decision>{bad}</decision>"), &mut mint),
            Err(why)
        );
    }
    let reply = r#"Thinking. <decision>{"split": {"Mythology novel": ["Mythology", "Novel"]}, "merge": {"Car": ["Car", "Automobile"]},
        "reparent": {"Poem": ["Sonnet", "Haiku"]}, "delete": ["Nothing"], "keep": ["Keep"]}</decision>"#;
    machine.reply(reply, &mut mint).unwrap();
    assert!(
        machine.next().unwrap().contains("below: T/Car\n"),
        "the next level with two nodes"
    );
    machine
        .reply(
            r#"<decision>{"merge": {"Red": ["Red", "red ish"]}}</decision>"#,
            &mut mint,
        )
        .unwrap();
    assert_eq!(machine.next(), None);
    assert_eq!(machine.calls(), 4);
    let all: Vec<usize> = (0..machine.proposals().len()).collect();
    let mut refined = it.clone();
    refined
        .apply(&accept(&it, machine.proposals(), &all).steps)
        .unwrap();
    let expected = [
        "T",
        "T/Car",
        "T/Car/Red",
        "T/Car/Fast",
        "T/Keep",
        "T/Mythology",
        "T/Novel",
        "T/Poem",
        "T/Poem/Sonnet",
        "T/Poem/Haiku",
    ];
    assert_eq!(paths(&refined), expected);
    assert_eq!(
        refined.get(&at(&refined, "T")).unwrap().prompts,
        prompts(&["2"])
    );
    assert_eq!(
        refined.get(&at(&refined, "T/Novel")).unwrap().prompts,
        prompts(&["1"])
    );
    assert_eq!(machine.proposals().len(), 5);

    // a level whose replies stay unreadable is left as it is, and the pass goes on below
    let mut machine = Refinement::new(it.clone(), at(&it, "T"));
    for _ in 0..3 {
        assert!(
            machine
                .reply("<decision>keep them</decision>", &mut mint)
                .is_err()
        );
    }
    assert_eq!(machine.left().len(), 1);
    assert!(machine.next().unwrap().contains("below: T/Car\n"));
}

#[test]
fn thin_nodes_get_seeds_and_prompts_are_judged() {
    let mut it = tree("T/A/a\nT/A/b\nT/C\nU");
    place(&mut it, "T/A/a", &["1", "2", "3"]);
    place(&mut it, "T/C", &["4"]);
    place(&mut it, "U", &["5", "6"]);
    let thin: Vec<(String, usize)> = realmix::thin(&it, 3)
        .iter()
        .map(|t| (it.path(&t.node), t.prompts))
        .collect();
    assert_eq!(
        thin,
        [("T/A/b".into(), 0), ("T/C".into(), 1), ("U".into(), 2)]
    );
    // b has none: the kind comes from its parent's, the details from the rest of the facet
    let seeds = realmix::draw(&it, &at(&it, "T/A/b"), &mut Random::seeded(1)).unwrap();
    assert!(prompts(&["1", "2", "3"]).contains(&seeds.kind));
    let mut all: BTreeSet<PromptId> = seeds.details.iter().cloned().collect();
    all.insert(seeds.kind);
    assert_eq!(all, prompts(&["1", "2", "3", "4"]));
    assert_eq!(
        realmix::draw(&it, &at(&it, "U"), &mut Random::seeded(1)),
        None,
        "too few in the facet"
    );

    let call = realmix::write("T/A/b", "kind", &["T/A/a".into()], ["x", "y", "z"]);
    assert!(call.contains("<reference>\nkind\n</reference>") && call.contains("- T/A/a"));
    assert_eq!(
        realmix::written("I use <prompt> tags. <prompt> Do it </prompt>"),
        Written::Prompt("Do it".into())
    );
    assert_eq!(realmix::written("<prompt>NONE</prompt>"), Written::NoneFits);
    assert_eq!(realmix::written("<prompt>cut off"), Written::Unread);
    let answers = realmix::checked(
        "1. It is clear.\n**1. Yes**\n2. no. | nothing to shorten\n3) borderline\n4: YES\n- 5. yes\n6. no\n7. yes",
    )
    .unwrap();
    let yes: Vec<bool> = answers.iter().map(|it| it.yes).collect();
    assert_eq!(yes, [true, false, false, true, true, false, true]);
    assert_eq!(answers[1].why, "nothing to shorten");
    assert_eq!(answers[2].said, "borderline");
    assert_eq!(
        realmix::checked("1. yes\n2. yes\n3. yes\n4. yes\n5. yes\n6. yes"),
        None
    );
    assert_eq!(
        realmix::checked("1. yes\n2. yes\n2. no\n3. yes\n4. yes\n5. yes\n6. perhaps\n7. yes"),
        None
    );
}
