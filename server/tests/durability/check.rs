//! What the database file must say when all is over.

use crate::people::{Log, Words};
use bench::seed::World;
use domain::{Annotation, Fields};
use sqlx::{AnyPool, Row};
use std::collections::HashMap;
use store::Store;

/// An answer's reason and strength, as they stand in the database.
type Kept = (String, i8);

fn as_kept(words: &Words) -> Kept {
    (
        words.reason.clone(),
        words.strength.parse::<i8>().unwrap() - 4,
    )
}

/// Opens the file as a fresh server would, and compares it with what people were told.
pub(crate) async fn everything(url: &str, world: &World, logs: &[Log]) {
    let store = Store::open(url).await.unwrap();
    whole(&store.read).await;
    let kept = answers(&store.read).await;
    for log in logs {
        let account = world.people[log.person].as_str();
        answers_of(log, account, &kept);
        drafts_of(&store, log, account, &kept).await;
    }
    nothing_invented(world, logs, &kept);
    in_step(&store.read).await;
    store.close().await;
}

async fn count(pool: &AnyPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

async fn whole(pool: &AnyPool) {
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(verdict, "ok");
    let strays = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(pool)
        .await
        .unwrap();
    assert!(strays.is_empty(), "{} rows point nowhere", strays.len());
}

/// Every annotation, by task and account.
async fn answers(pool: &AnyPool) -> HashMap<(String, String), Vec<Kept>> {
    let mut kept: HashMap<_, Vec<Kept>> = HashMap::new();
    let rows = sqlx::query("SELECT task, account, payload, current FROM annotation")
        .fetch_all(pool)
        .await
        .unwrap();
    for row in rows {
        assert_eq!(row.get::<i64, _>("current"), 1, "nobody undid anything");
        let Annotation::Preference(it) = serde_json::from_str(row.get("payload")).unwrap() else {
            panic!("the project asks for preferences only");
        };
        kept.entry((row.get("task"), row.get("account")))
            .or_default()
            .push((it.reason, it.strength));
    }
    kept
}

/// Each acknowledged answer is there, once, as sent.
fn answers_of(log: &Log, account: &str, kept: &HashMap<(String, String), Vec<Kept>>) {
    for (task, words) in &log.answered {
        let found = kept.get(&(task.clone(), account.to_owned()));
        assert_eq!(
            found,
            Some(&vec![as_kept(words)]),
            "person {} was told that her answer to {task} is kept",
            log.person
        );
    }
}

/// Each acknowledged draft is there, or something that she sent later.
async fn drafts_of(
    store: &Store,
    log: &Log,
    account: &str,
    kept: &HashMap<(String, String), Vec<Kept>>,
) {
    for (task, (version, draft)) in &log.drafts {
        let newer: Vec<&Words> = log.sent[task]
            .iter()
            .filter(|words| words.number >= draft.number)
            .collect();
        if let Some(answers) = kept.get(&(task.clone(), account.to_owned())) {
            assert!(
                newer.iter().any(|words| answers[0] == as_kept(words)),
                "the answer to {task} is older than its draft"
            );
            continue;
        }
        let row = sqlx::query("SELECT version, fields FROM draft WHERE task = $1 AND account = $2")
            .bind(task)
            .bind(account)
            .fetch_optional(&store.read)
            .await
            .unwrap();
        let Some(row) = row else {
            panic!(
                "person {} was told that her draft of {task} is kept",
                log.person
            );
        };
        assert!(row.get::<i64, _>("version") >= *version);
        let fields: Fields = serde_json::from_str(row.get("fields")).unwrap();
        let found = [
            fields.raw("preference.reason"),
            fields.raw("preference.strength"),
        ];
        assert!(
            newer
                .iter()
                .any(|words| found == [Some(words.reason.as_str()), Some(words.strength.as_str())]),
            "the draft of {task} is older than what was acknowledged: {found:?}"
        );
    }
}

/// Whatever is there was sent by that person, for that task.
fn nothing_invented(world: &World, logs: &[Log], kept: &HashMap<(String, String), Vec<Kept>>) {
    for ((task, account), found) in kept {
        let person = world
            .people
            .iter()
            .position(|id| id.as_str() == account)
            .unwrap();
        assert_eq!(found.len(), 1, "person {person} has two answers to {task}");
        let sent = logs[person].sent.get(task).unwrap();
        assert!(sent.iter().any(|words| as_kept(words) == found[0]));
    }
}

/// Nobody's lease ran out in this short time, so that nothing may go beyond the overlap; and the counts
/// that the queue keeps agree with the rows they count.
async fn in_step(pool: &AnyPool) {
    for (what, sql) in [
        (
            "tasks answered beyond the overlap",
            "SELECT COUNT(*) FROM (SELECT n.task FROM annotation n JOIN task t ON t.id = n.task GROUP BY n.task, t.wanted HAVING COUNT(*) > t.wanted) x",
        ),
        (
            "tasks held beyond the overlap",
            "SELECT COUNT(*) FROM task t WHERE t.wanted < (SELECT COUNT(*) FROM assignment a WHERE a.task = t.id AND a.state IN ('reserved', 'leased', 'done'))",
        ),
        (
            "tasks whose open places are out of step",
            "SELECT COUNT(*) FROM task t WHERE t.open <> t.wanted - \
                (SELECT COUNT(*) FROM assignment a WHERE a.task = t.id AND a.holds = 1 AND a.state IN ('reserved', 'leased', 'done'))",
        ),
        (
            "tasks whose answers are out of step",
            "SELECT COUNT(*) FROM task t WHERE t.answered <> (SELECT COUNT(*) FROM annotation n WHERE n.task = t.id)",
        ),
        (
            "answers without a finished assignment",
            "SELECT COUNT(*) FROM annotation n WHERE NOT EXISTS \
                (SELECT 1 FROM assignment a WHERE a.task = n.task AND a.account = n.account AND a.state = 'done')",
        ),
        (
            "people whose tally is out of step",
            "SELECT COUNT(*) FROM person_tally p WHERE p.done <> (SELECT COUNT(*) FROM annotation n WHERE n.account = p.account)",
        ),
    ] {
        assert_eq!(count(pool, sql).await, 0, "{what}");
    }
}
