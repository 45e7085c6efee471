//! The taxonomy: any edit can be taken back, TaxBuilder finds its way, and Feedbacker's published tree reads whole.

use domain::ids::{NodeId, PromptId};
use domain::stats::Random;
use domain::taxonomy::build::{Insertion, Refinement, Unread, Why, accept};
use domain::taxonomy::realmix::{self, Written};
use domain::taxonomy::{
    Count, Edit, Layers, Leaving, Name, Outline, Refused, Step, Tree, inverse, path, prune,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Identifiers in the order of their making.
fn minting(mut next: usize) -> impl FnMut() -> NodeId {
    move || {
        next += 1;
        NodeId(format!("n{next:06}"))
    }
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

fn tree(paths: &str) -> Tree {
    Tree::from_outline(&Outline::parse(paths).unwrap(), &mut minting(0))
}

fn at(tree: &Tree, wanted: &str) -> NodeId {
    let found = tree.iter().find(|(id, _)| tree.path(id) == wanted);
    found
        .unwrap_or_else(|| panic!("{wanted} is not there"))
        .0
        .clone()
}

fn prompts(names: &[&str]) -> BTreeSet<PromptId> {
    names.iter().map(|name| PromptId::from(*name)).collect()
}

fn place(tree: &mut Tree, node: &str, names: &[&str]) {
    let node = at(tree, node);
    edit(
        tree,
        &Edit::Place {
            prompts: prompts(names),
            node,
        },
    )
    .unwrap();
}

fn edit(tree: &mut Tree, edit: &Edit) -> Result<Vec<Step>, Refused> {
    let steps = tree.plan(edit, &mut minting(100 + tree.len() * 100))?;
    tree.apply(&steps)?;
    Ok(steps)
}

fn paths(tree: &Tree) -> Vec<String> {
    tree.outline().to_paths()
}

fn feedbacker() -> Option<Outline> {
    let Some(folder) = std::env::var_os("TOUCHSTONE_SHARED") else {
        eprintln!("skipped: TOUCHSTONE_SHARED does not name the folder with the reference data");
        return None;
    };
    let file = std::path::Path::new(&folder).join("data/feedbacker_tree.json");
    Some(Outline::parse(&std::fs::read_to_string(file).unwrap()).unwrap())
}

#[test]
fn edits_say_what_becomes_of_the_prompts() {
    let mut it = tree("A/B/C\nA/B/D\nA/E/C\nF");
    place(&mut it, "A/B", &["1"]);
    place(&mut it, "A/B/C", &["2", "3"]);
    place(&mut it, "A/E/C", &["3", "4"]);
    let before = it.clone();

    // merging merges namesakes below
    let (node, into) = (at(&it, "A/B"), at(&it, "A/E"));
    edit(&mut it, &Edit::Merge { node, into }).unwrap();
    assert_eq!(paths(&it), ["A", "A/E", "A/E/D", "A/E/C", "F"]);
    assert_eq!(it.get(&at(&it, "A/E")).unwrap().prompts, prompts(&["1"]));
    assert_eq!(
        it.get(&at(&it, "A/E/C")).unwrap().prompts,
        prompts(&["2", "3", "4"])
    );

    // deleting lifts the prompts of all that goes, or leaves them on no node
    let mut it = before.clone();
    let node = at(&it, "A/B");
    edit(
        &mut it,
        &Edit::Delete {
            node,
            prompts: Leaving::Parent,
        },
    )
    .unwrap();
    assert_eq!(paths(&it), ["A", "A/E", "A/E/C", "F"]);
    assert_eq!(
        it.get(&at(&it, "A")).unwrap().prompts,
        prompts(&["1", "2", "3"])
    );
    let node = at(&it, "A");
    assert_eq!(
        it.plan(
            &Edit::Delete {
                node: node.clone(),
                prompts: Leaving::Parent
            },
            &mut minting(0)
        ),
        Err(Refused::NothingAbove(name("A")))
    );
    edit(
        &mut it,
        &Edit::Delete {
            node,
            prompts: Leaving::Unplaced,
        },
    )
    .unwrap();
    assert_eq!(paths(&it), ["F"]);

    // splitting puts the prompts on every part, a sibling of that name being one
    let mut it = before.clone();
    let node = at(&it, "A/B/C");
    let into = vec![name("d"), name("New")];
    edit(&mut it, &Edit::Split { node, into }).unwrap();
    assert_eq!(
        paths(&it),
        ["A", "A/B", "A/B/D", "A/B/New", "A/E", "A/E/C", "F"]
    );
    for part in ["A/B/D", "A/B/New"] {
        assert_eq!(
            it.get(&at(&it, part)).unwrap().prompts,
            prompts(&["2", "3"])
        );
    }

    // a prompt on several nodes counts once above them
    assert_eq!(before.prompts_below(&at(&before, "A")).len(), 4);
    assert!(before.prompts_below(&at(&before, "F")).is_empty());
}

#[test]
fn what_cannot_be_done_says_why() {
    let it = tree("A/B/C\nA/D\nE");
    let plan = |edit: Edit| it.plan(&edit, &mut minting(100));
    let (a, b, c) = (at(&it, "A"), at(&it, "A/B"), at(&it, "A/B/C"));
    let add = |parent: &NodeId, of: &str| Edit::Add {
        parent: Some(parent.clone()),
        name: name(of),
    };
    assert_eq!(plan(add(&a, "b")), Err(Refused::Taken(name("b"))));
    assert_eq!(plan(add(&NodeId::from("gone"), "x")), Err(Refused::NoNode));
    assert_eq!(
        plan(Edit::Rename {
            node: b.clone(),
            name: name("d")
        }),
        Err(Refused::Taken(name("d")))
    );
    assert!(
        plan(Edit::Rename {
            node: b.clone(),
            name: name("b")
        })
        .is_ok(),
        "only the capitals change"
    );
    assert_eq!(
        plan(Edit::Rename {
            node: b.clone(),
            name: name("B")
        }),
        Err(Refused::Nothing)
    );
    assert_eq!(
        plan(Edit::Move {
            node: a.clone(),
            to: Some(c.clone())
        }),
        Err(Refused::Cycle(name("A")))
    );
    assert_eq!(
        plan(Edit::Move {
            node: c.clone(),
            to: Some(b.clone())
        }),
        Err(Refused::Nothing)
    );
    assert_eq!(
        plan(Edit::Merge {
            node: a.clone(),
            into: c.clone()
        }),
        Err(Refused::Cycle(name("A")))
    );
    let halves = vec![name("x"), name("y")];
    assert_eq!(
        plan(Edit::Split {
            node: b,
            into: halves
        }),
        Err(Refused::NotLeaf(name("B")))
    );
    assert_eq!(
        plan(Edit::Split {
            node: c,
            into: vec![name("x")]
        }),
        Err(Refused::Nothing)
    );
}

#[test]
fn a_node_can_go_into_a_parent_that_has_its_name_below() {
    let mut it = tree("A/B/B/X\nA/B/C\nA/C/Y");
    place(&mut it, "A/B/B", &["1"]);
    let (node, into) = (at(&it, "A/B"), at(&it, "A"));
    edit(&mut it, &Edit::Merge { node, into }).unwrap();
    assert_eq!(paths(&it), ["A", "A/X", "A/C", "A/C/Y"]);
    assert_eq!(it.get(&at(&it, "A")).unwrap().prompts, prompts(&["1"]));
}

#[test]
fn layers_are_pruned_by_rule() {
    let mut it = tree("F/only/a/x/y/1\nF/only/a/x/y/2\nF/only/b/many/1\nF/only/b/few");
    for n in 1..=5 {
        let parent = Some(at(&it, "F/only/b/few"));
        edit(
            &mut it,
            &Edit::Add {
                parent,
                name: name(&format!("k{n}")),
            },
        )
        .unwrap();
    }
    place(&mut it, "F/only/a/x/y/1", &["p"]);
    place(&mut it, "F/only/b/many/1", &["q"]);
    let facet = at(&it, "F");
    let layers = Layers {
        levels: 3,
        children: 5,
    };
    for (_, steps) in prune(&it, &facet, layers).unwrap() {
        it.apply(&steps).unwrap();
    }
    let mut expected = vec!["F", "F/a", "F/a/1", "F/a/2", "F/b", "F/b/many", "F/b/few"];
    let kids: Vec<String> = (1..=5).map(|n| format!("F/b/few/k{n}")).collect();
    expected.extend(kids.iter().map(String::as_str));
    assert_eq!(paths(&it), expected);
    assert_eq!(
        it.get(&at(&it, "F/b/many")).unwrap().prompts,
        prompts(&["q"])
    );
    assert_eq!(it.prompts_below(&facet), prompts(&["p", "q"]));
    assert!(
        prune(&it, &facet, layers).unwrap().is_empty(),
        "done again it changes nothing"
    );
    // two children too deep go together, with their prompts
    let cut = prune(
        &it,
        &facet,
        Layers {
            levels: 2,
            children: 5,
        },
    );
    for (_, steps) in cut.unwrap() {
        it.apply(&steps).unwrap();
    }
    assert_eq!(paths(&it), ["F", "F/a", "F/b"]);
    assert_eq!(it.prompts_below(&facet), prompts(&["p", "q"]));
}

#[test]
fn the_published_tree_reads_whole() {
    let Some(outline) = feedbacker() else { return };
    assert_eq!(
        outline.count(),
        Count {
            nodes: 694,
            leaves: 588,
            levels: 6
        }
    );
    let it = Tree::from_outline(&outline, &mut minting(0));
    assert_eq!(it.outline(), outline);
    assert_eq!(Outline::parse(&outline.to_json()), Ok(outline.clone()));
    assert_eq!(
        Outline::parse(&outline.to_paths().join("\n")),
        Ok(outline.clone())
    );
    // what its paper gives for each domain are its leaves
    let leaves = |domain: &str| {
        let below = it.subtree(&at(&it, domain));
        below
            .iter()
            .filter(|id| it.get(id).unwrap().children.is_empty())
            .count()
    };
    let domains = [
        "writing",
        "roleplay",
        "coding",
        "knowledge",
        "mathematics",
        "reasoning",
    ];
    assert_eq!(domains.map(leaves), [176, 123, 102, 85, 51, 51]);
    assert_eq!(
        path::split(&it.path(&at(
            &it,
            r"coding/Technical Domains/Front-end Development/UI\/UX Design"
        )))
        .len(),
        4
    );
}

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
    assert_eq!(
        realmix::checked(
            "1. It is clear.\n**1. Yes**\n2. no.\n3) borderline\n4: YES\n- 5. yes\n6. no\n7. yes"
        ),
        Some([true, false, false, true, true, false, true])
    );
    assert_eq!(
        realmix::checked("1. yes\n2. yes\n3. yes\n4. yes\n5. yes\n6. yes"),
        None
    );
    assert_eq!(
        realmix::checked("1. yes\n2. yes\n2. no\n3. yes\n4. yes\n5. yes\n6. perhaps\n7. yes"),
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn any_edits_can_be_taken_back(seed in any::<u64>()) {
        let mut random = Random::seeded(seed);
        let mut it = tree("A/B/C\nA/B/D\nA/D/C\nB/A\nB/B/B");
        let (mut history, start) = (Vec::new(), it.clone());
        for _ in 0..30 {
            let ids: Vec<NodeId> = it.iter().map(|(id, _)| id.clone()).collect();
            if ids.is_empty() { break }
            let one = ids[random.below(ids.len())].clone();
            let other = ids[random.below(ids.len())].clone();
            let letter = |random: &mut Random| name(&["A", "b", "C", "D", "E"][random.below(5)]);
            let some = prompts(&["1", "2", "3"][..1 + random.below(3)]);
            let wish = match random.below(9) {
                0 => Edit::Add { parent: random.chance(0.7).then_some(one), name: letter(&mut random) },
                1 => Edit::Rename { node: one, name: letter(&mut random) },
                2 => Edit::Move { node: one, to: random.chance(0.8).then_some(other) },
                3 => Edit::Merge { node: one, into: other },
                4 => Edit::Delete { node: one, prompts: if random.chance(0.5) { Leaving::Parent } else { Leaving::Unplaced } },
                5 => Edit::Split { node: one, into: vec![letter(&mut random), letter(&mut random)] },
                6 => Edit::Place { prompts: some, node: one },
                7 => Edit::Take { prompts: some, node: one },
                _ => Edit::Group { parent: it.get(&one).unwrap().parent.clone(), name: letter(&mut random), members: vec![one] },
            };
            let all = |it: &Tree| it.roots().iter().flat_map(|root| it.prompts_below(root)).collect::<BTreeSet<_>>();
            let before = all(&it);
            if let Ok(steps) = edit(&mut it, &wish) {
                if !matches!(wish, Edit::Take { .. } | Edit::Delete { prompts: Leaving::Unplaced, .. }) {
                    prop_assert!(before.is_subset(&all(&it)), "{wish:?} lost a prompt");
                }
                history.push(steps);
            }
            // the tree is one: every child names its parent, siblings differ, and all are reached from the facets
            prop_assert_eq!(it.in_order().len(), it.len());
            for (id, node) in it.iter() {
                prop_assert!(it.below(node.parent.as_ref()).contains(id));
                let names: BTreeSet<String> = node.children.iter().map(|c| it.get(c).unwrap().name.folded()).collect();
                prop_assert_eq!(names.len(), node.children.len());
            }
        }
        for steps in history.iter().rev() {
            let back: Vec<Step> = steps.iter().rev().map(inverse).collect();
            it.apply(&back).unwrap();
        }
        prop_assert_eq!(it, start);
    }
}
