//! A judge beside another one, on both databases: kept with what both said, and out of date when either says more.

use crate::on_both;
use crate::world::World;
use domain::Provenance;
use domain::project::Settings;
use store::evaluation::{Derived, JudgeKey, JudgeKind, NewVerdict};
use store::now_ms;
use store::reports::beside::{Beside, Measure};
use store::reports::standings::Of;

#[test]
fn what_two_judges_share_is_kept_until_one_of_them_says_more() {
    on_both(|store| async move {
        let w = World::new(&store, Settings::default(), 60, 0, 1).await;
        let prompts = w.prompts().await;
        let mut answers = Vec::new();
        for model in 0..2 {
            let source = w.add_source(&format!("model {model}")).await;
            let mut ids = Vec::new();
            for prompt in &prompts {
                ids.push(w.add_response(prompt, &source).await);
            }
            answers.push(ids);
        }
        // the first of the two is better, but for the last so many prompts
        let say = async |name: &str, otherwise: usize| {
            let verdicts: Vec<NewVerdict> = (0..prompts.len())
                .map(|n| NewVerdict {
                    prompt: prompts[n].as_str().into(),
                    responses: [answers[0][n].as_str().into(), answers[1][n].as_str().into()],
                    aspect: String::new(),
                    outcome: f64::from(u8::from(n + otherwise < prompts.len())),
                    margin: 1,
                    said: None,
                    raw: None,
                })
                .collect();
            let key = JudgeKey {
                kind: JudgeKind::Model,
                name,
                version: "1",
                provenance: Provenance::Machine,
            };
            let said = (verdicts.as_slice(), [].as_slice());
            let settings = serde_json::json!({});
            let recorded = store.record_judged(&w.project, key, &settings, said, None, 5);
            recorded.await.unwrap();
        };
        say("one", 0).await;
        say("two", 15).await;
        store.count_now(&w.project, 9).await.unwrap();
        let judges = store.judges(&w.project).await.unwrap();
        let id = |name: &str| judges.iter().find(|it| it.name == name).unwrap().id.clone();
        let (one, two) = (id("one"), id("two"));
        let of = Of {
            project: &w.project,
            node: w.project.as_str(),
            judge: &one,
            aspect: "",
        };
        let ask = async || store.beside(of, &two).await.unwrap();
        let agreed = |found: &Beside| {
            let figure = found.figures.iter().find(|it| it.0 == Measure::Agreement);
            (found.all.as_ref().unwrap().n, figure.unwrap().1.value)
        };
        let Derived::Ready { result, .. } = ask().await else {
            panic!("120 verdicts are few");
        };
        assert!(result.any && !result.implied);
        assert_eq!(agreed(&result), (60, 0.75));
        // the other one's second verdict makes a mean, and what was kept is computed again
        say("two", 60).await;
        store.count_now(&w.project, 10).await.unwrap();
        let Derived::Ready { result, behind, .. } = ask().await else {
            panic!("180 are few");
        };
        // 45 means of one half are ties, 15 say the opposite
        assert_eq!((agreed(&result), behind), ((60, 0.0), false));
        // of many the server's loop computes it, and the old one is shown until then
        for _ in 0..24 {
            say("two", 0).await;
        }
        let Derived::Ready { result, behind, .. } = ask().await else {
            panic!("the old one is shown until then");
        };
        assert_eq!((agreed(&result), behind), ((60, 0.0), true));
        let later = now_ms() + 20_000;
        store.count_now(&w.project, later).await.unwrap();
        let Derived::Ready {
            result,
            computed_at,
            behind,
        } = ask().await
        else {
            panic!("it was due");
        };
        assert_eq!((agreed(&result), behind), ((60, 1.0), false));
        assert_eq!(computed_at, later);
        // nobody said more: it is not computed again
        store.count_now(&w.project, later + 60_000).await.unwrap();
        let Derived::Ready { computed_at, .. } = ask().await else {
            panic!("it is still there");
        };
        assert_eq!(computed_at, later);
        assert_eq!(store.beside(of, "nobody").await.unwrap(), Derived::Nothing);
    });
}
