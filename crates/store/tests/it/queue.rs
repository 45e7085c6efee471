//! The queue: every place is handed out once, and nothing anybody typed is lost.

use crate::on_both;
use crate::world::{LEASE, World};
use domain::project::Settings;
use domain::{Annotation, Fields, Kind};
use std::collections::{HashMap, HashSet};
use store::annotations::Filter;
use store::drafts::{DraftSave, SavedDraft};
use store::queue::{Finished, Left, Reopened, Submitted};

const A_IS_BETTER: [(&str, &str); 1] = [("preference.strength", "2")];
const TIE: [(&str, &str); 1] = [("preference.strength", "4")];

fn overlap(overlap: u32) -> Settings {
    Settings {
        overlap,
        ..Settings::default()
    }
}

#[test]
fn a_task_is_made_once_and_goes_to_as_many_people_as_it_wants() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(2), 2, 3, 3).await;
        assert_eq!(
            store
                .make_missing_tasks(&w.project, &w.settings, 2)
                .await
                .unwrap(),
            0
        );
        let mut seen: HashMap<String, usize> = HashMap::new();
        for person in 0..3 {
            let mut own = HashSet::new();
            while let Some(task) = w.next(person, 10).await {
                assert!(own.insert(task.clone()), "twice to the same person");
                *seen.entry(task.0.clone()).or_default() += 1;
                assert!(matches!(
                    w.submit(person, &task, &TIE, 11).await,
                    Submitted::Saved
                ));
            }
        }
        assert_eq!(seen.len(), 6, "three pairs for each of two prompts");
        assert!(seen.values().all(|&n| n == 2), "{seen:?}");
        let progress = store.progress(&w.project, &w.people[2]).await.unwrap();
        assert_eq!((progress.done, progress.left, progress.finished), (0, 0, 6));
        assert_eq!(
            store.what_is_left(&w.project, &w.people[2]).await.unwrap(),
            Left::Nothing
        );
        w.consistent().await;
    });
}

#[test]
fn the_next_one_is_reserved_and_preloading_is_not_seeing() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(1), 3, 2, 2).await;
        let first = w.next(0, 10).await.unwrap();
        let peeked = store
            .peek_task(&w.project, &w.people[0], Some(&first), 10)
            .await
            .unwrap()
            .unwrap();
        assert_ne!(first, peeked);
        assert_eq!(w.item(0, &peeked).await.assignment.state, "reserved");
        let again = store
            .peek_task(&w.project, &w.people[0], Some(&first), 10)
            .await
            .unwrap();
        assert_eq!(again.as_ref(), Some(&peeked), "peeking twice reserves once");
        assert_eq!(
            w.next(0, 11).await.as_ref(),
            Some(&first),
            "what is begun comes first"
        );
        w.submit(0, &first, &TIE, 12).await;
        assert_eq!(w.next(0, 13).await.as_ref(), Some(&peeked));
        assert_eq!(w.item(0, &peeked).await.assignment.state, "leased");
        w.consistent().await;
    });
}

#[test]
fn an_expired_lease_goes_to_somebody_else_and_late_work_is_kept() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(1), 1, 2, 2).await;
        let task = w.next(0, 1_000).await.unwrap();
        assert_eq!(w.next(1, 1_001).await, None);
        let left = store.what_is_left(&w.project, &w.people[1]).await.unwrap();
        assert_eq!(
            left,
            Left::Held {
                until: 1_000 + LEASE
            }
        );

        let later = 1_001 + LEASE;
        assert_eq!(w.next(1, later).await.as_ref(), Some(&task));
        assert_eq!(w.item(0, &task).await.assignment.state, "expired");
        // the first comes back after all: both answers count, none is refused
        assert!(matches!(
            w.submit(0, &task, &A_IS_BETTER, later + 1).await,
            Submitted::Saved
        ));
        assert!(matches!(
            w.submit(1, &task, &TIE, later + 2).await,
            Submitted::Saved
        ));
        assert_eq!(
            store
                .annotations(&w.project, &Filter::default())
                .await
                .unwrap()
                .len(),
            2
        );
        w.consistent().await;
        // undoing the late one and giving it back frees no place that was never hers
        let undone = store
            .undo(&w.project, &w.people[0], None, &w.settings, later + 3)
            .await
            .unwrap();
        assert_eq!(undone, Reopened::Reopened(task.clone()));
        assert_eq!(
            store
                .release_task(w.hold(0, &task), 1, later + 4)
                .await
                .unwrap(),
            Finished::Done
        );
        assert_eq!(w.next(0, later + 5).await, None);
        w.consistent().await;
    });
}

#[test]
fn a_draft_survives_expiry_and_no_tab_overwrites_another() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(1), 2, 2, 2).await;
        let task = w.next(0, 1_000).await.unwrap();
        let typed = |text: &str| -> Fields { [("preference.reason", text)].into_iter().collect() };
        let save = |version: i64, fields: Fields, now: i64| {
            let (store, task, account) = (store.clone(), task.clone(), w.people[0].clone());
            async move {
                let save = DraftSave {
                    task: &task,
                    account: &account,
                    round: 0,
                    base_version: version,
                    fields: &fields,
                    seconds: 1.0,
                };
                store.save_draft(save, LEASE, now).await.unwrap()
            }
        };
        assert_eq!(save(0, typed("one"), 2_000).await, SavedDraft::Saved(1));
        assert_eq!(save(1, typed("one two"), 3_000).await, SavedDraft::Saved(2));
        let SavedDraft::Conflict(Some(kept)) = save(1, typed("other tab"), 4_000).await else {
            panic!("an old version overwrote a newer one");
        };
        assert_eq!((kept.version, kept.fields), (2, typed("one two")));
        assert_eq!(
            save(1, typed("one two"), 4_000).await,
            SavedDraft::Saved(2),
            "the same again is no conflict"
        );

        // a form that stands on version 1 is not submitted over version 2
        let item = w.item(0, &task).await;
        let stale = w.submit_as(0, &item, 0, 1, &TIE, 5_000).await;
        assert!(matches!(stale, Submitted::DraftChanged { draft } if draft.version == 2));
        assert_eq!(
            store
                .annotations(&w.project, &Filter::default())
                .await
                .unwrap()
                .len(),
            0
        );

        let late = 3_001 + LEASE;
        store.sweep(late, true).await.unwrap();
        assert_eq!(w.item(0, &task).await.assignment.state, "expired");
        assert_eq!(
            w.next(0, late + 1).await.as_ref(),
            Some(&task),
            "her own draft comes first"
        );
        assert_eq!(
            w.item(0, &task).await.draft.unwrap().fields,
            typed("one two")
        );
        let stranger = DraftSave {
            task: &task,
            account: &w.people[1],
            round: 0,
            base_version: 0,
            fields: &typed("x"),
            seconds: 0.0,
        };
        assert_eq!(
            store.save_draft(stranger, LEASE, late).await.unwrap(),
            SavedDraft::NotHeld
        );
        assert!(matches!(
            w.submit(0, &task, &TIE, late + 2).await,
            Submitted::Saved
        ));
        assert_eq!(store.draft(&task, &w.people[0]).await.unwrap(), None);
        w.consistent().await;
    });
}

#[test]
fn the_same_submit_twice_is_one_answer_and_another_is_a_conflict() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(1), 1, 2, 2).await;
        let task = w.next(0, 10).await.unwrap();
        assert!(matches!(
            w.submit(0, &task, &A_IS_BETTER, 11).await,
            Submitted::Saved
        ));
        assert!(matches!(
            w.submit(0, &task, &A_IS_BETTER, 12).await,
            Submitted::AlreadySaved
        ));
        let Submitted::Conflict { saved } = w.submit(0, &task, &TIE, 13).await else {
            panic!("a second answer was taken");
        };
        assert!(matches!(&saved[..], [Annotation::Preference(p)] if p.strength == -2));
        let all = store
            .annotations(&w.project, &Filter::default())
            .await
            .unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].name.as_str(), all[0].seconds), ("P0", Some(5.0)));
        w.consistent().await;
    });
}

#[test]
fn undo_brings_the_answer_back_and_the_next_submit_supersedes_it() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(1), 3, 2, 1).await;
        let first = w.next(0, 10).await.unwrap();
        w.submit(0, &first, &A_IS_BETTER, 11).await;
        let second = w.next(0, 12).await.unwrap();
        assert_eq!(
            store
                .skip_task(w.hold(0, &second), 0, "no idea", 13)
                .await
                .unwrap(),
            Finished::Done
        );
        let history = store.history(&w.project, &w.people[0], 10).await.unwrap();
        assert_eq!(
            history.iter().map(|e| e.skipped).collect::<Vec<_>>(),
            [true, false]
        );

        let undo = |task| store.undo(&w.project, &w.people[0], task, &w.settings, 14);
        assert_eq!(
            undo(None).await.unwrap(),
            Reopened::Reopened(second.clone())
        );
        assert_eq!(
            undo(Some(&first)).await.unwrap(),
            Reopened::Reopened(first.clone())
        );
        assert_eq!(undo(None).await.unwrap(), Reopened::Nothing);
        let item = w.item(0, &first).await;
        assert_eq!(item.assignment.round, 1);
        assert_eq!(
            item.draft
                .as_ref()
                .unwrap()
                .fields
                .get("preference.strength"),
            Some("2")
        );
        assert!(
            store
                .annotations(&w.project, &Filter::default())
                .await
                .unwrap()
                .is_empty()
        );
        // the old tab's form belongs to a round that is over
        let old = w.submit_as(0, &item, 0, 1, &A_IS_BETTER, 15).await;
        assert!(matches!(old, Submitted::DraftChanged { .. }));
        assert!(matches!(
            w.submit(0, &first, &TIE, 16).await,
            Submitted::Saved
        ));
        let history = Filter {
            history: true,
            ..Filter::default()
        };
        let all = store.annotations(&w.project, &history).await.unwrap();
        assert_eq!(
            all.iter().map(|r| r.current).collect::<Vec<_>>(),
            [false, true]
        );
        assert_eq!(all[1].supersedes.as_ref(), Some(&all[0].id));
        w.consistent().await;
    });
}

#[test]
fn returned_work_comes_first_and_reviewed_work_cannot_be_undone() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(1), 3, 2, 2).await;
        let first = w.next(1, 10).await.unwrap();
        w.submit(1, &first, &TIE, 11).await;
        let second = w.next(1, 12).await.unwrap();
        let returned = store
            .return_work(w.hold(1, &first), &w.settings, "look again", 13)
            .await
            .unwrap();
        assert_eq!(returned, Reopened::Reopened(first.clone()));
        assert_eq!(w.next(1, 14).await.as_ref(), Some(&first));
        assert_eq!(
            w.item(1, &first).await.assignment.note.as_deref(),
            Some("look again")
        );
        w.submit(1, &first, &A_IS_BETTER, 15).await;
        assert_eq!(w.next(1, 16).await.as_ref(), Some(&second));

        let answer = store
            .annotations(&w.project, &Filter::default())
            .await
            .unwrap()
            .remove(0);
        sqlx::query("INSERT INTO review (id, project, task, reviewer, decision, annotation, kind, created_at) VALUES ($1, $2, $3, $4, 'accept', $5, 'preference', 17)")
            .bind(store::new_id())
            .bind(w.project.as_str())
            .bind(first.as_str())
            .bind(w.people[0].as_str())
            .bind(answer.id.as_str())
            .execute(&store.write)
            .await
            .unwrap();
        let undone = store
            .undo(&w.project, &w.people[1], Some(&first), &w.settings, 18)
            .await
            .unwrap();
        assert_eq!(undone, Reopened::Reviewed);
        assert_eq!(
            store
                .annotations(&w.project, &Filter::default())
                .await
                .unwrap()
                .len(),
            1
        );
        w.consistent().await;
    });
}

#[test]
fn another_person_checks_whether_a_refinement_heeds_its_critique() {
    on_both(|store| async move {
        let settings = Settings {
            kinds: vec![Kind::Critique, Kind::Refinement],
            ..Settings::default()
        };
        let w = World::new(&store, settings, 1, 1, 2).await;
        let task = w.next(0, 10).await.unwrap();
        let said = [
            ("critique.0.text", "too short"),
            ("refinement.0.text", "because of the weather"),
        ];
        w.submit(0, &task, &said, 11).await;
        assert_eq!(w.next(0, 12).await, None, "not to its author");
        let check = w.next(1, 13).await.unwrap();
        let item = w.item(1, &check).await;
        assert_eq!(item.task.kinds, [Kind::Incorporation]);
        let subject = item.subject.unwrap();
        assert_eq!(subject.refined, "because of the weather");
        assert_eq!(subject.remarks[0].text, "too short");
        w.submit(1, &check, &[("incorporation.verdict", "yes")], 14)
            .await;
        let about = store
            .annotations(
                &w.project,
                &Filter {
                    kind: Some(Kind::Incorporation),
                    ..Filter::default()
                },
            )
            .await
            .unwrap();
        assert_eq!(about[0].subject, item.task.subject);
        w.consistent().await;
        // withdrawn, the refinement is asked about no more
        store
            .undo(&w.project, &w.people[0], None, &w.settings, 15)
            .await
            .unwrap();
        w.submit(0, &task, &said, 16).await;
        assert_ne!(
            w.next(1, 17).await,
            Some(check),
            "the new one is a new question"
        );
        w.consistent().await;
    });
}

#[test]
fn a_new_task_of_higher_priority_is_not_missed_and_neither_is_one_given_back() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(2), 100, 2, 2).await;
        let skipped_by = w.next(1, 5).await.unwrap();
        for n in 0..90 {
            let task = w.next(0, 10 + n).await.unwrap();
            w.submit(0, &task, &TIE, 10 + n).await;
        }
        sqlx::query("UPDATE task SET priority = 5 WHERE id = (SELECT id FROM task WHERE open = 2 AND priority = 0 ORDER BY position DESC LIMIT 1)")
            .execute(&store.write)
            .await
            .unwrap();
        let urgent = w.next(0, 200).await.unwrap();
        assert_eq!(
            store
                .tasks_of_prompt(&w.project, &w.item(0, &urgent).await.task.prompt)
                .await
                .unwrap()
                .len(),
            1
        );
        let priority: i64 = sqlx::query_scalar("SELECT priority FROM task WHERE id = $1")
            .bind(urgent.as_str())
            .fetch_one(&store.read)
            .await
            .unwrap();
        assert_eq!(priority, 5);
        let mut done = 90;
        let mut task = Some(urgent);
        while let Some(it) = task {
            w.submit(0, &it, &TIE, 300).await;
            done += 1;
            task = w.next(0, 300).await;
        }
        assert_eq!(done, 100);
        assert_eq!(
            store
                .release_task(w.hold(1, &skipped_by), 0, 301)
                .await
                .unwrap(),
            Finished::Done
        );
        assert!(w.next(1, 302).await.is_some());
        w.consistent().await;
    });
}

#[test]
fn eight_people_at_once_get_every_task_exactly_as_often_as_wanted() {
    on_both(|store| async move {
        let w = World::new(&store, overlap(2), 40, 2, 8).await;
        let w = std::sync::Arc::new(w);
        let mut workers = Vec::new();
        for person in 0..8 {
            let w = w.clone();
            workers.push(tokio::spawn(async move {
                let mut got = Vec::new();
                while let Some(task) = w.next(person, 10).await {
                    assert!(matches!(
                        w.submit(person, &task, &TIE, 11).await,
                        Submitted::Saved
                    ));
                    got.push(task);
                }
                got
            }));
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        for worker in workers {
            let got = worker.await.unwrap();
            assert_eq!(got.iter().collect::<HashSet<_>>().len(), got.len());
            for task in got {
                *seen.entry(task.0).or_default() += 1;
            }
        }
        assert_eq!(seen.len(), 40);
        assert!(seen.values().all(|&n| n == 2), "{seen:?}");
        w.consistent().await;
    });
}
