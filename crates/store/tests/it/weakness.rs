//! The weakness reporter's material on both databases: a weakness that was planted is found where it is.

use crate::on_both;
use crate::world::World;
use domain::feedbacker::weakness::Finding;
use domain::project::Settings;
use domain::stats::Random;
use domain::taxonomy::{Edit, Outline};
use domain::{Provenance, ids::PromptId};
use std::collections::BTreeSet;
use store::evaluation::{Controlled, Derived, JudgeKey, JudgeKind, NewVerdict, What};
use store::reports::standings::Of;
use store::reports::weakness::Weaknesses;
use store::taxonomy::{By, Origin};

const MODELS: usize = 4;

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story: planted, found, kept, out of date, made anew"
)]
fn a_planted_weakness_is_found_on_its_node() {
    on_both(|store| async move {
        let w = World::new(&store, Settings::default(), 60, 0, 1).await;
        let prompts = w.prompts().await;

        // half of the prompts stand on one node, half on another
        let by = By {
            account: &w.people[0],
            origin: Origin::Hand,
            now: 1,
        };
        let outline = Outline::parse("T/weak\nT/fair").unwrap();
        store
            .edit_taxonomy(
                &w.project,
                &Edit::Graft {
                    parent: None,
                    outline,
                },
                "two nodes",
                by,
            )
            .await
            .unwrap();
        let tree = store.taxonomy(&w.project).await.unwrap().tree;
        for (n, half) in prompts.chunks(30).enumerate() {
            let name = ["T/weak", "T/fair"][n];
            let node = tree
                .iter()
                .find(|(id, _)| tree.path(id) == name)
                .unwrap()
                .0
                .clone();
            let prompts: BTreeSet<PromptId> = half.iter().cloned().collect();
            store
                .edit_taxonomy(&w.project, &Edit::Place { prompts, node }, "place", by)
                .await
                .unwrap();
        }

        let mut sources = Vec::new();
        for n in 0..MODELS {
            sources.push(w.add_source(&format!("model {n}")).await);
        }
        // everybody meets everybody on every prompt by the toss of a coin, but for model 0 on the first node
        let mut random = Random::seeded(4);
        let mut verdicts = Vec::new();
        for (n, prompt) in prompts.iter().enumerate() {
            let mut answers = Vec::new();
            for source in &sources {
                answers.push(w.add_response(prompt, source).await);
            }
            for a in 0..MODELS {
                for b in a + 1..MODELS {
                    let chance = if a == 0 && n < 30 { 0.05 } else { 0.5 };
                    verdicts.push(NewVerdict {
                        prompt: prompt.as_str().into(),
                        responses: [answers[a].as_str().into(), answers[b].as_str().into()],
                        aspect: String::new(),
                        outcome: f64::from(u8::from(random.chance(chance))),
                        margin: 1,
                        said: None,
                        raw: None,
                    });
                }
            }
        }
        let key = JudgeKey {
            kind: JudgeKind::Model,
            name: "judge",
            version: "1",
            provenance: Provenance::Machine,
        };
        store
            .record_judged(
                &w.project,
                key,
                &serde_json::json!({}),
                (&verdicts, &[]),
                None,
                5,
            )
            .await
            .unwrap();
        store.count_now(&w.project, 9).await.unwrap();

        let judge = store.judges(&w.project).await.unwrap().remove(0).id;
        let of = Of {
            project: &w.project,
            node: w.project.as_str(),
            judge: &judge,
            aspect: "",
        };
        let compared = store.compared(of).await.unwrap();
        assert_eq!(
            (
                compared.battles.len(),
                compared.entrants.len(),
                compared.places.len()
            ),
            (360, MODELS, 4)
        );
        assert!(!compared.capped && compared.lies.iter().all(|places| places.len() == 3));
        let board = store.board(of).await.unwrap();
        let entrant = board
            .lines
            .iter()
            .find(|line| line.name == "model 0")
            .unwrap()
            .entrant;
        let weak: Vec<_> = compared
            .findings()
            .into_iter()
            .filter(|it| it.worse && compared.entrants[it.model] == entrant)
            .collect();
        assert_eq!(weak.len(), 1);
        let at = tree
            .iter()
            .find(|(id, _)| id.as_str() == compared.places[weak[0].place])
            .unwrap()
            .0;
        assert_eq!(
            (tree.path(at).as_str(), weak[0].inside, weak[0].outside),
            ("T/weak", 30, 30)
        );
        // it won 5 % there and 50 % elsewhere
        assert!(
            (weak[0].difference + 0.45).abs() < 0.12,
            "{}",
            weak[0].difference
        );

        // of few comparisons whoever asks computes what is kept, of many the server's loop does
        let ask = async || {
            store
                .derived::<Weaknesses>(of, What::Weakness)
                .await
                .unwrap()
        };
        let Derived::Ready { result, .. } = ask().await else {
            panic!("360 comparisons are few");
        };
        // JSON keeps numbers to the last digit but one
        let told = |found: &[Finding]| -> Vec<_> {
            found
                .iter()
                .map(|it| (it.place, it.model, it.worse, it.inside))
                .collect()
        };
        assert_eq!(told(&result.findings), told(&compared.findings()));
        for _ in 0..4 {
            let said = (verdicts.as_slice(), [].as_slice());
            let settings = serde_json::json!({});
            let again = store.record_judged(&w.project, key, &settings, said, None, 6);
            again.await.unwrap();
        }
        let Derived::Ready { result, behind, .. } = ask().await else {
            panic!("the old ones are shown until then");
        };
        assert!(behind && result.comparisons == 360);
        let length = async || store.derived::<Controlled>(of, What::Length).await.unwrap();
        assert_eq!(length().await, Derived::Waiting);
        store
            .count_now(&w.project, store::now_ms() + 20_000)
            .await
            .unwrap();
        let Derived::Ready { result, behind, .. } = ask().await else {
            panic!("it was due");
        };
        assert!(!behind && result.comparisons == 1800);
        let Derived::Ready { result, .. } = length().await else {
            panic!("it was asked for");
        };
        // all answers are one letter: nothing to hold equal
        assert_eq!((result.scores.len(), result.moves.len()), (MODELS, 0));
        // prompts that change their nodes make it out of date, though all counts stay
        let node = at.clone();
        let prompts: BTreeSet<PromptId> = prompts[30..40].iter().cloned().collect();
        let edit = Edit::Place { prompts, node };
        store
            .edit_taxonomy(&w.project, &edit, "place", by)
            .await
            .unwrap();
        store.count_now(&w.project, 9).await.unwrap();
        let Derived::Ready { behind, .. } = ask().await else {
            panic!("it is still there");
        };
        assert!(behind);
        // another judge has said nothing
        let of = Of {
            judge: "nobody",
            ..of
        };
        assert!(store.compared(of).await.unwrap().findings().is_empty());
        let none = store.derived::<Controlled>(of, What::Style).await.unwrap();
        assert_eq!(none, Derived::Nothing);
    });
}
