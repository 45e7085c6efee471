//! How long the database takes to keep an answer and hand out the next task:
//! `queue_cycles URL [TASKS [ORDER]]`. With an order other than `imported`, a live reward model learns
//! beside it from every answer and puts the queue in that order. Fills a new project with so many tasks (100,000 unless told) of overlap 3, lets one person answer
//! 3,000 of them, then measures her next cycles.

use domain::ids::{TaskId, UserId};
use domain::live::Order;
use domain::project::Settings;
use domain::{Annotation, Fields, annotation::Preference};
use std::time::Instant;
use store::queue::{Hold, Submission};
use store::{Store, new_id, now_ms};

const LEASE: i64 = 1_800_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("queue_cycles URL [TASKS [ORDER]]")?;
    let tasks: i64 = arguments.next().map_or(Ok(100_000), |n| n.parse())?;
    let store = Store::open(&url).await?;
    let order = arguments.next().unwrap_or_default();
    let settings = Settings {
        overlap: 3,
        queue_order: Order::parse(&order).unwrap_or_default(),
        ..Settings::default()
    };
    let person = store
        .create_account(&format!("{}@example.org", new_id()), "Cycle", "-", now_ms())
        .await?;
    let project = store
        .create_project("Cycles", &settings, &person, now_ms())
        .await?;
    let filled = Instant::now();
    let mut transaction = store.begin().await?;
    let source = new_id();
    sqlx::query("INSERT INTO source (id, project, name, kind, created_at) VALUES ($1, $2, 'model', 'model', 1)")
        .bind(&source)
        .bind(project.as_str())
        .execute(&mut *transaction)
        .await?;
    for number in 0..tasks {
        let prompt = new_id();
        sqlx::query("INSERT INTO prompt (id, project, hash, messages, preview, number, created_at) VALUES ($1, $2, $1, '[]', '', $3, 1)")
            .bind(&prompt)
            .bind(project.as_str())
            .bind(number)
            .execute(&mut *transaction)
            .await?;
        for text in ["one", "two"].map(|word| format!("{word} of {}", number % 997)) {
            sqlx::query("INSERT INTO response (id, project, prompt, source, hash, text, created_at) VALUES ($1, $2, $3, $4, $5, $5, 1)")
                .bind(new_id())
                .bind(project.as_str())
                .bind(&prompt)
                .bind(&source)
                .bind(text.as_str())
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await?;
    let made = store
        .make_missing_tasks(&project, &settings, now_ms())
        .await?;
    println!("{made} tasks in {:.1} s", filled.elapsed().as_secs_f64());

    if settings.queue_order != Order::Imported {
        tokio::spawn(store::live::keep_fresh(store.clone()));
    }
    let next = || store.next_task(&project, &person, None, LEASE, now_ms());
    let mut task = next().await?.ok_or("no task")?;
    let mut times = Vec::new();
    for cycle in 0..4_000 {
        let begun = answer(&store, &project, &person, &task).await?;
        task = next().await?.ok_or("no task")?;
        let taken = begun.elapsed();
        store
            .item(Hold {
                project: &project,
                account: &person,
                task: &task,
            })
            .await?;
        store.progress(&project, &person).await?;
        if cycle >= 3_000 {
            times.push((taken, begun.elapsed()));
        }
    }
    times.sort();
    let at = |share: usize| times[times.len() * share / 100 - 1].0.as_secs_f64() * 1_000.0;
    println!(
        "submit and next: p50 {:.2} ms, p95 {:.2} ms",
        at(50),
        at(95)
    );
    times.sort_by_key(|it| it.1);
    let at = |share: usize| times[times.len() * share / 100 - 1].1.as_secs_f64() * 1_000.0;
    if let Some(stand) = store.live_stand(&project).await? {
        println!(
            "the live model: {} answers, a round took {} ms, the newest answer waited {:?} ms",
            stand.answers, stand.took_ms, stand.lag_ms
        );
    }
    println!(
        "with the next item's data: p50 {:.2} ms, p95 {:.2} ms",
        at(50),
        at(95)
    );
    Ok(())
}

async fn answer(
    store: &Store,
    project: &domain::ids::ProjectId,
    account: &UserId,
    task: &TaskId,
) -> Result<Instant, Box<dyn std::error::Error>> {
    let hold = Hold {
        project,
        account,
        task,
    };
    let pair = store.item(hold).await?.ok_or("no item")?.responses;
    let longer = pair[1].shown.text.len() > pair[0].shown.text.len();
    let said = Annotation::Preference(Preference {
        left: pair[0].shown.id.clone(),
        right: pair[1].shown.id.clone(),
        strength: if longer { 1 } else { -1 },
        both_bad: false,
        aspects: std::collections::BTreeMap::new(),
        reason: String::new(),
    });
    let submission = Submission {
        hold,
        round: 0,
        draft_version: 0,
        fields: &Fields::default(),
        annotations: &[said],
        seconds: 1.0,
        check_refinements: true,
    };
    let begun = Instant::now();
    store.submit(submission, now_ms()).await?;
    Ok(begun)
}
