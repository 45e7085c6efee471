//! The gradebook: which grade counts, rubrics that re-score, one grade for a group.

use crate::agreement::{World, execute};
use crate::on_both;
use domain::Provenance;
use domain::annotation::{Annotation, Grade};
use domain::ids::{PromptId, ResponseId, TaskId};
use store::criteria::Direction;
use store::group_grade::Applied;

fn grade(n: usize, label: &str) -> Annotation {
    Annotation::Grade(Grade {
        response: format!("p{n}a").as_str().into(),
        label: Some(label.into()),
        points: None,
        criteria: Vec::new(),
        feedback: String::new(),
    })
}

/// Tasks that each grade the first response of their prompt.
async fn class(store: store::Store, prompts: usize) -> World {
    let world = World::new(store, &["Ada", "Bob"], prompts, "[\"grade\"]").await;
    for n in 0..prompts {
        execute(
            &world.store,
            "UPDATE task SET responses = $1, wanted = 1, open = 1 WHERE id = $2",
            &[&format!("[\"p{n}a\"]"), &format!("t{n}")],
        )
        .await;
    }
    world
}

#[test]
fn a_persons_grade_counts_before_a_machines_and_a_reviewers_before_both() {
    on_both(|store| async move {
        let world = class(store, 1).await;
        let (store, project, bob) = (&world.store, &world.project, &world.people[1]);
        let counting = async || {
            let book = store
                .gradebook(project, None, &[Provenance::Person])
                .await
                .unwrap();
            assert_eq!((book.len(), book[0].answers.len()), (1, 1));
            let given = book[0].answers[0].counting();
            given.and_then(|g| g.grade.label.clone())
        };
        assert_eq!(counting().await, None);
        world
            .says(1, 0, &grade(0, "incorrect"), "machine", 30)
            .await;
        assert_eq!(counting().await, None);
        world
            .says(0, 0, &grade(0, "partly correct"), "person", 20)
            .await;
        assert_eq!(counting().await, Some("partly correct".into()));
        let shown: [ResponseId; 1] = ["p0a".into()];
        let task = TaskId::from("t0");
        let own = grade(0, "correct");
        let made = store.override_answers(project, &task, bob, &own, &shown, "", 40);
        assert!(made.await.unwrap().is_some());
        assert_eq!(counting().await, Some("correct".into()));
        let book = store
            .gradebook(project, Some(&"p0".into()), &Provenance::ALL)
            .await
            .unwrap();
        assert_eq!(book[0].distribution(), [("correct".into(), 1)]);
        assert_eq!(
            book[0].answers[0].worth(&world.settings().await, &[]),
            Some(1.0)
        );
        assert!(
            store
                .gradebook(project, Some(&"p9".into()), &Provenance::ALL)
                .await
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn a_rubric_is_edited_in_order_and_re_scores() {
    on_both(|store| async move {
        let world = class(store, 1).await;
        let (store, project, ada) = (&world.store, &world.project, &world.people[0]);
        let prompt = PromptId::from("p0");
        let mut ids = Vec::new();
        for (text, points) in [
            ("names the cause", 2.0),
            ("names the effect", 1.0),
            ("spelling", -0.5),
        ] {
            let made = store.add_criterion(project, &prompt, text, points, ada, 5);
            ids.push(made.await.unwrap().unwrap());
        }
        let Annotation::Grade(mut given) = grade(0, "correct") else {
            unreachable!()
        };
        given.criteria = vec![ids[0].clone(), ids[2].clone()];
        world
            .says(0, 0, &Annotation::Grade(given), "person", 20)
            .await;
        let read = async || {
            let mut book = store
                .gradebook(project, None, &[Provenance::Person])
                .await
                .unwrap();
            book.remove(0)
        };
        let before = read().await;
        assert_eq!(before.answers[0].points(&before.rubric), Some(1.5));
        assert_eq!(before.ticks(ids[0].as_str()), 1);
        let changed = store.change_criterion(project, &prompt, &ids[0], "names it", 3.0, ada, 30);
        assert_eq!(changed.await.unwrap(), Some(()));
        store
            .move_criterion(project, &prompt, &ids[2], Direction::Up)
            .await
            .unwrap();
        store
            .move_criterion(project, &prompt, &ids[0], Direction::Up)
            .await
            .unwrap();
        let after = read().await;
        assert_eq!(after.answers[0].points(&after.rubric), Some(2.5));
        let order: Vec<_> = after.rubric.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(order, ["names it", "spelling", "names the effect"]);
        let removed = store.remove_criterion(project, &prompt, &ids[2], ada, 40);
        assert_eq!(removed.await.unwrap(), Some(()));
        let after = read().await;
        assert_eq!(after.answers[0].points(&after.rubric), Some(3.0));
        // another project cannot touch it
        let settings = domain::project::Settings::default();
        let other = store
            .create_project("Other", &settings, ada, 1)
            .await
            .unwrap();
        let foreign = store.change_criterion(&other, &prompt, &ids[0], "x", 9.0, ada, 50);
        assert_eq!(foreign.await.unwrap(), None);
        let foreign = store.add_criterion(&other, &prompt, "x", 9.0, ada, 50);
        assert_eq!(foreign.await.unwrap(), None);
    });
}

#[test]
fn one_grade_for_a_group_leaves_what_is_taken() {
    on_both(|store| async move {
        let world = class(store, 4).await;
        let (store, project) = (&world.store, &world.project);
        let (ada, bob) = (&world.people[0], &world.people[1]);
        for (n, text) in [
            (0, "The Sun."),
            (1, "the  sun"),
            (2, "THE SUN"),
            (3, "the moon"),
        ] {
            execute(
                store,
                "UPDATE response SET text = $1, prompt = 'p0' WHERE id = $2",
                &[text, &format!("p{n}a")],
            )
            .await;
            execute(
                store,
                "UPDATE task SET prompt = 'p0' WHERE id = $1",
                &[&format!("t{n}")],
            )
            .await;
        }
        let book = store
            .gradebook(project, None, &[Provenance::Person])
            .await
            .unwrap();
        let groups = book[0].groups();
        assert_eq!((groups.len(), groups[0].len()), (1, 3));
        let answers: Vec<(TaskId, ResponseId)> = groups[0]
            .iter()
            .map(|a| (a.task.clone().unwrap(), a.response.clone()))
            .collect();
        // Bob has the third in his hands, Ada the second
        for (task, who) in [("t2", bob), ("t1", ada)] {
            execute(
                store,
                "INSERT INTO assignment (task, account, project, state, seed) VALUES ($1, $2, $3, 'leased', 1)",
                &[task, who.as_str(), project.as_str()],
            )
            .await;
            execute(store, "UPDATE task SET open = 0 WHERE id = $1", &[task]).await;
        }
        let Annotation::Grade(right) = grade(0, "correct") else {
            unreachable!()
        };
        let applied = store
            .grade_group(project, ada, &answers, &right, 50)
            .await
            .unwrap();
        assert_eq!(applied, Applied { graded: 2, left: 1 });
        let again = store
            .grade_group(project, ada, &answers, &right, 60)
            .await
            .unwrap();
        assert_eq!(again, Applied { graded: 0, left: 3 });
        let book = store
            .gradebook(project, None, &[Provenance::Person])
            .await
            .unwrap();
        assert_eq!(book[0].graded(), 2);
        let responses: Vec<_> = book[0]
            .answers
            .iter()
            .filter_map(|a| Some((a.response.clone(), a.counting()?.grade.response.clone())))
            .collect();
        assert!(responses.iter().all(|(answer, graded)| answer == graded));
    });
}
