//! Simulated annotators share the queue with people, and are never mistaken for them.

use crate::on_both;
use crate::world::World;
use domain::project::Settings;
use domain::simulate::Panel;
use domain::{Annotation, Kind, Provenance};
use store::annotations::Filter;
use store::queue::Submitted;

fn panel(pairs: &[(&str, &str)]) -> Panel {
    Panel::parse(&pairs.iter().copied().collect()).unwrap()
}

#[test]
fn a_panel_answers_what_people_leave_and_is_marked() {
    on_both(|store| async move {
        let settings = Settings {
            overlap: 2,
            ..Settings::default()
        };
        let w = World::new(&store, settings, 4, 2, 2).await;
        let task = w.next(1, 10).await.unwrap();
        let tie = [("preference.strength", "4")];
        assert!(matches!(
            w.submit(1, &task, &tie, 11).await,
            Submitted::Saved
        ));

        let three = panel(&[("annotators", "3"), ("items", "2"), ("noise", "0")]);
        let worked = store
            .run_panel(&w.project, &w.settings, &three, || 20)
            .await
            .unwrap();
        assert_eq!((worked.answered, worked.skipped.len()), (6, 0));
        w.consistent().await;

        // again: the same annotators go on, and take the one place that is left for them
        let worked = store
            .run_panel(&w.project, &w.settings, &three, || 30)
            .await
            .unwrap();
        assert_eq!(worked.answered, 1);
        let seated = store.simulated(&w.project).await.unwrap();
        assert_eq!(seated.iter().map(|it| it.done).sum::<i64>(), 7);
        assert_eq!(
            (seated.len(), seated[0].model.clone()),
            (3, three.annotators()[0].clone())
        );
        w.consistent().await;

        let said = store
            .annotations(&w.project, &Filter::default())
            .await
            .unwrap();
        let simulated: Vec<_> = said
            .iter()
            .filter(|it| it.provenance == Provenance::Simulated)
            .collect();
        assert_eq!((said.len(), simulated.len()), (8, 7));
        assert!(
            simulated
                .iter()
                .all(|it| it.annotator != w.people[1].as_str())
        );
    });
}

#[test]
fn nobody_can_sign_in_as_one_and_the_first_person_is_still_the_first() {
    on_both(|store| async move {
        let project = store.create_demo_project("demo", 1).await.unwrap();
        let seated = store.seat_panel(&project, &panel(&[]), 1).await.unwrap();
        let again = store.seat_panel(&project, &panel(&[]), 2).await.unwrap();
        assert_eq!(seated, again);
        let account = store.account(&seated[0].0).await.unwrap().unwrap();
        assert!(account.disabled_at.is_some() && account.password_hash.is_empty());
        assert!(!store.has_accounts().await.unwrap());
        assert!(store.accounts().await.unwrap().is_empty());
        let first = store
            .create_first_account("a@example.org", "A", "hash", 3)
            .await
            .unwrap();
        assert!(first.is_some());
    });
}

#[test]
fn what_a_rule_cannot_answer_is_skipped_with_its_reason() {
    on_both(|store| async move {
        let settings = Settings {
            kinds: vec![Kind::Critique, Kind::Refinement],
            optional: vec![Kind::Refinement],
            ..Settings::default()
        };
        let w = World::new(&store, settings, 2, 1, 1).await;
        let worked = store
            .run_panel(
                &w.project,
                &w.settings,
                &panel(&[("rule", "reference"), ("annotators", "1")]),
                || 5,
            )
            .await
            .unwrap();
        assert_eq!(worked.answered, 0);
        assert_eq!(
            worked.skipped.into_iter().collect::<Vec<_>>(),
            [("its rule needs a reference".to_owned(), 2)]
        );
        // the places are free for somebody who can
        let avoids = panel(&[
            ("rule", "avoids"),
            ("words", "because"),
            ("annotators", "1"),
            ("noise", "0"),
        ]);
        let worked = store
            .run_panel(&w.project, &w.settings, &avoids, || 6)
            .await
            .unwrap();
        assert_eq!(worked.answered, 2);
        let said = store
            .annotations(&w.project, &Filter::default())
            .await
            .unwrap();
        let refined = said.iter().find_map(|it| match &it.annotation {
            Annotation::Refinement(it) => Some(it.edits[0].text.clone()),
            _ => None,
        });
        assert_eq!(refined.as_deref(), Some("0"));
        w.consistent().await;
    });
}
