//! Files, edits and their undoing, pruning.

use super::{at, edit, feedbacker, minting, name, paths, place, prompts, tree};
use domain::ids::NodeId;
use domain::stats::Random;
use domain::taxonomy::{
    Count, Edit, Layers, Leaving, Outline, Refused, Step, Tree, inverse, path, prune,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

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
            let letter = |random: &mut Random| name(["A", "b", "C", "D", "E"][random.below(5)]);
            let some = prompts(&["1", "2", "3"][..=random.below(3)]);
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
