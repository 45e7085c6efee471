//! Review: the list, and decisions that keep their history.

use crate::agreement::{World, execute, preference};
use crate::on_both;
use domain::annotation::Kind;
use domain::ids::TaskId;
use domain::{Provenance, project::Settings};
use store::reports::disputes::Stage;
use store::review::Decision;

#[test]
fn the_most_disputed_comes_first_and_decided_ones_leave_the_list() {
    on_both(|store| async move {
        let world = World::new(store, &["Ada", "Bob"], 4, "[\"preference\"]").await;
        for (n, (ada, bob)) in [(1, 2), (-3, 3), (0, 2), (1, 1)].into_iter().enumerate() {
            world
                .says(0, n, &preference(n, ada, None), "person", 10)
                .await;
            if n < 3 {
                world
                    .says(1, n, &preference(n, bob, None), "person", 11)
                    .await;
            }
        }
        let settings = world.settings().await;
        let list = async |stage| {
            let kind = Some(Kind::Preference);
            let found = world.store.disputes(&world.project, &settings, stage, kind);
            let found = found.await.unwrap().into_iter();
            found.map(|d| d.task.0).collect::<Vec<_>>()
        };
        assert_eq!(list(Stage::Open).await, ["t1", "t2", "t0"]);
        execute(
            &world.store,
            "UPDATE assignment SET flagged = 'odd' WHERE task = $1 AND account = $2",
            &["t3", world.people[0].as_str()],
        )
        .await;
        assert_eq!(list(Stage::Flagged).await, ["t3"]);
        assert_eq!(list(Stage::Open).await, ["t1", "t2", "t0", "t3"]);

        let task = TaskId::from("t1");
        let (store, project, ada) = (&world.store, &world.project, &world.people[0]);
        let before = store.review_task(project, &task).await.unwrap().unwrap();
        let first = before.standing(Kind::Preference).next().unwrap().id.clone();
        assert!(before.decided(Kind::Preference).is_none());
        let foreign = store
            .create_project("Other", &Settings::default(), ada, 1)
            .await
            .unwrap();
        assert!(store.review_task(&foreign, &task).await.unwrap().is_none());
        let refused = store
            .accept_answer(&foreign, &task, ada, &first, "", 20)
            .await;
        assert_eq!(refused.unwrap(), None);
        let accepted = store
            .accept_answer(project, &task, ada, &first, "clearer", 20)
            .await;
        assert_eq!(accepted.unwrap(), Some(()));
        assert_eq!(list(Stage::Decided).await, ["t1"]);
        assert_eq!(list(Stage::Open).await, ["t2", "t0", "t3"]);
    });
}

#[test]
fn an_override_stands_beside_the_answers_and_counts_as_nobodys() {
    on_both(|store| async move {
        let world = World::new(store, &["Ada", "Bob"], 2, "[\"preference\"]").await;
        for n in 0..2 {
            world
                .says(0, n, &preference(n, -2, None), "person", 10)
                .await;
            world
                .says(1, n, &preference(n, 2, None), "person", 11)
                .await;
        }
        let (store, project, ada) = (&world.store, &world.project, &world.people[0]);
        let task = TaskId::from("t0");
        let shown = ["p0a".into(), "p0b".into()];
        for (strength, at) in [(0, 20), (1, 30)] {
            let said = preference(0, strength, None);
            let made =
                store.override_answers(project, &task, ada, &said, &shown, "both have a point", at);
            assert!(made.await.unwrap().is_some());
        }
        let review = store.review_task(project, &task).await.unwrap().unwrap();
        // Ada's own answer from the queue still stands beside her decision
        assert_eq!(review.standing(Kind::Preference).count(), 2);
        assert_eq!(review.answers.len(), 4);
        let decisions: Vec<_> = review.history.iter().map(|d| d.decision).collect();
        assert_eq!(decisions, [Decision::Override, Decision::Override]);
        let own: Vec<_> = review
            .answers
            .iter()
            .filter(|a| a.by_reviewer)
            .map(|a| a.current)
            .collect();
        assert_eq!(own, [false, true]);
        let decided = review.decided(Kind::Preference).unwrap();
        assert_eq!(decided.annotation, Some(review.answers[3].id.clone()));

        let settings = world.settings().await;
        let readings = store
            .readings(project, &settings, &[Provenance::Person])
            .await
            .unwrap();
        assert_eq!(readings.agreement(None).questions[0].counts.answers, 4);

        // a later acceptance retires the reviewer's own answer
        let bobs = review.answers[1].id.clone();
        assert!(
            store
                .accept_answer(project, &task, ada, &bobs, "", 40)
                .await
                .unwrap()
                .is_some()
        );
        let review = store.review_task(project, &task).await.unwrap().unwrap();
        assert!(
            review
                .answers
                .iter()
                .filter(|a| a.by_reviewer)
                .all(|a| !a.current)
        );
        assert_eq!(
            review.decided(Kind::Preference).unwrap().annotation,
            Some(bobs)
        );
        // what no longer stands cannot be accepted
        let stale = review.answers[2].id.clone();
        assert_eq!(
            store
                .accept_answer(project, &task, ada, &stale, "", 50)
                .await
                .unwrap(),
            None
        );
        let remark = store.comment_on_task(
            project,
            &task,
            ada,
            Kind::Preference,
            "see the guidelines",
            60,
        );
        assert_eq!(remark.await.unwrap(), Some(()));
    });
}
