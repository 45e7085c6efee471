//! What a change of settings does to tasks.

use crate::on_both;
use crate::world::World;
use domain::Kind;
use domain::project::Settings;
use sqlx::Row;
use store::tasks_changed::TasksChanged;

const TIE: [(&str, &str); 1] = [("preference.strength", "4")];

async fn tasks(w: &World) -> Vec<(String, i64, i64, i64)> {
    sqlx::query(
        "SELECT kinds, wanted, open, answered FROM task WHERE project = $1 ORDER BY position, id",
    )
    .bind(w.project.as_str())
    .fetch_all(&w.store.read)
    .await
    .unwrap()
    .iter()
    .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
    .collect()
}

async fn finished(w: &World) -> i64 {
    let progress = w.store.progress(&w.project, &w.people[0]).await.unwrap();
    progress.finished
}

#[test]
fn more_or_fewer_people_hold_for_unfinished_tasks_and_answers_stay() {
    on_both(|store| async move {
        let settings = Settings {
            overlap: 2,
            ..Settings::default()
        };
        let w = World::new(&store, settings.clone(), 3, 2, 3).await;
        // the first task: two answers, finished; the second: one answer, one hold; the third: untouched
        let first = w.next(0, 10).await.unwrap();
        w.submit(0, &first, &TIE, 11).await;
        let second = w.next(0, 12).await.unwrap();
        w.submit(0, &second, &TIE, 13).await;
        assert_eq!(w.next(1, 14).await.as_ref(), Some(&first));
        w.submit(1, &first, &TIE, 15).await;
        assert_eq!(w.next(1, 16).await.as_ref(), Some(&second));
        w.consistent().await;

        let mut changed = settings.clone();
        changed.overlap = 3;
        let done = w
            .store
            .change_tasks(&w.project, &settings, &changed, 20)
            .await
            .unwrap();
        assert_eq!((done.retargeted, done.removed, done.made), (2, 0, 0));
        let numbers = |all: Vec<(String, i64, i64, i64)>| -> Vec<(i64, i64, i64)> {
            all.into_iter().map(|t| (t.1, t.2, t.3)).collect()
        };
        assert_eq!(numbers(tasks(&w).await), [(2, 0, 2), (3, 1, 1), (3, 3, 0)]);
        w.consistent().await;
        let mut fewer = settings.clone();
        fewer.overlap = 1;
        w.store
            .change_tasks(&w.project, &changed, &fewer, 21)
            .await
            .unwrap();
        // whoever holds the second one may finish it
        assert_eq!(numbers(tasks(&w).await), [(2, 0, 2), (2, 0, 1), (1, 1, 0)]);
        assert_eq!(finished(&w).await, 1);
        w.submit(1, &second, &TIE, 22).await;
        assert_eq!(finished(&w).await, 2);
        w.consistent().await;
    });
}

#[test]
fn lowering_to_the_answers_that_are_in_finishes_a_task() {
    on_both(|store| async move {
        let settings = Settings {
            overlap: 2,
            ..Settings::default()
        };
        let w = World::new(&store, settings.clone(), 1, 2, 2).await;
        let task = w.next(0, 10).await.unwrap();
        w.submit(0, &task, &TIE, 11).await;
        assert_eq!(finished(&w).await, 0);
        let mut fewer = settings.clone();
        fewer.overlap = 1;
        w.store
            .change_tasks(&w.project, &settings, &fewer, 12)
            .await
            .unwrap();
        assert_eq!(finished(&w).await, 1);
        assert_eq!(w.next(1, 13).await, None);
        w.consistent().await;
    });
}

#[test]
fn other_kinds_are_asked_of_what_nobody_has_seen() {
    on_both(|store| async move {
        let settings = Settings::default();
        let w = World::new(&store, settings.clone(), 3, 2, 2).await;
        let first = w.next(0, 10).await.unwrap();
        w.submit(0, &first, &TIE, 11).await;
        let held = w.next(0, 12).await.unwrap();
        let mut more = settings.clone();
        more.kinds = vec![Kind::Preference, Kind::Critique];
        let done = w
            .store
            .change_tasks(&w.project, &settings, &more, 20)
            .await
            .unwrap();
        let expected = TasksChanged {
            removed: 1,
            made: 1,
            retargeted: 0,
        };
        assert_eq!(done, expected);
        let kinds: Vec<_> = tasks(&w).await.into_iter().map(|t| t.0).collect();
        let old = "[\"preference\"]";
        assert_eq!(kinds, [old, old, "[\"preference\",\"critique\"]"]);
        w.consistent().await;
        assert_eq!(w.next(0, 21).await, Some(held));

        // from pairs to single responses
        let mut single = settings.clone();
        single.kinds = vec![Kind::Critique];
        let done = w
            .store
            .change_tasks(&w.project, &more, &single, 30)
            .await
            .unwrap();
        assert_eq!((done.removed, done.made), (1, 6));
        w.consistent().await;
    });
}
