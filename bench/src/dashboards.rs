//! The dashboards over a million comparisons: every page's time, and how soon new feedback is on the board.
//! The comparisons go in through the store as a judge's verdicts, prompt by prompt, and are counted as they come.

use crate::{Options, prepare};
use anyhow::{Context, ensure};
use bench::annotator::Annotator;
use bench::figures::{Table, Times};
use bench::process::{Server, database_url};
use bench::seed::World;
use domain::Provenance;
use domain::ids::{PromptId, ResponseId};
use domain::prompt::{Message, SourceKind};
use domain::stats::Random;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use store::comparisons::{Comparison, Said};
use store::evaluation::{JudgeKey, JudgeKind, NewVerdict};
use store::{Store, new_id};

const MODELS: usize = 100;
/// Of 100 models, so many answer a prompt.
const ANSWERS: usize = 25;
/// Comparisons of a prompt: the pairs of its answers.
const PAIRS: usize = ANSWERS * (ANSWERS - 1) / 2;
/// Of these, so many by another judge too.
const AGAIN: usize = 6;
/// Remarks about problems.
const REMARKS: usize = 4_000;
/// Nodes that are no leaves come first, so many.
const INNER: usize = 66;
/// Leaves at which judges are compared.
const JUDGED: usize = 12;
/// Requests for each page.
const REQUESTS: usize = 60;

/// What pages are asked for.
struct Filled {
    nodes: Vec<String>,
    prompts: Vec<String>,
    comparisons: usize,
    judge: String,
    /// One that said less, about the same answers.
    other: String,
    counted_in: f64,
    fitted_in: f64,
}

pub(crate) fn measure(options: &Options) -> anyhow::Result<usize> {
    let folder = tempfile::tempdir()?;
    let world = prepare(folder.path(), 1, 1)?;
    let database = folder.path().join("bench.db");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let filled = runtime.block_on(fill(&database, &world, options.comparisons))?;
    let server = Server::start(&options.server, &database, &options.site)?;
    let mut table = Table::begin(&format!(
        "dashboards: {} comparisons, {MODELS} models, {} nodes",
        filled.comparisons,
        filled.nodes.len()
    ));
    table.note(
        "verdicts written and counted",
        format!("{:.0}/s", filled.comparisons as f64 / filled.counted_in),
    );
    table.note(
        "all standings fitted, from none",
        format!("{:.1} s", filled.fitted_in),
    );
    pages(&server, &world, &filled, &mut table)?;
    let lags = runtime.block_on(freshness(&server, &database, &world))?;
    table.line(
        "a comparison is on the board after",
        &lags,
        "p95 5 s",
        lags.percentile(95) <= 5_000.0,
    );
    let memory = server.memory()?;
    table.note(
        "resident memory",
        format!("{:.0} MiB (peak {:.0})", memory.resident, memory.peak),
    );
    Ok(table.missed())
}

async fn run(store: &Store, sql: &'static str, values: &[&str]) -> anyhow::Result<()> {
    let mut query = sqlx::query(sql);
    for value in values {
        query = query.bind(*value);
    }
    query.execute(&store.write).await?;
    Ok(())
}

async fn fill(database: &Path, world: &World, comparisons: usize) -> anyhow::Result<Filled> {
    let store = Store::open(&database_url(database)).await?;
    let project = world.project.as_str();
    let nodes = taxonomy(&store, project).await?;
    let leaves: Vec<&String> = nodes.iter().skip(INNER).collect();
    let mut sources = Vec::new();
    for n in 0..MODELS {
        let id = new_id();
        run(
            &store,
            "INSERT INTO source (id, project, name, kind, created_at) VALUES ($1, $2, $3, 'model', 1)",
            &[&id, project, &format!("model-{n:03}")],
        )
        .await?;
        sources.push(id);
    }
    let key = JudgeKey {
        kind: JudgeKind::Model,
        name: "bench",
        version: "1",
        provenance: Provenance::Machine,
    };
    let second = JudgeKey {
        name: "bench, again",
        ..key
    };
    let mut random = Random::seeded(1);
    let (mut prompts, mut done, mut counting) = (Vec::new(), 0, Duration::ZERO);
    while done < comparisons {
        let prompt = new_id();
        let number = prompts.len() + 10;
        let mut models: Vec<usize> = (0..MODELS).collect();
        random.shuffle(&mut models);
        let answers = answers(
            &store,
            project,
            &prompt,
            number,
            &models[..ANSWERS],
            &sources,
        )
        .await?;
        for _ in 0..2 {
            let leaf = leaves[random.below(leaves.len())];
            run(
                &store,
                "INSERT INTO prompt_node (prompt, node) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                &[&prompt, leaf],
            )
            .await?;
        }
        let mut verdicts = Vec::with_capacity(PAIRS);
        for (i, (one, first)) in answers.iter().enumerate() {
            for (other, second) in &answers[..i] {
                let chance = 1.0 / (1.0 + ((*other as f64 - *one as f64) / 30.0).exp());
                let outcome = match (random.chance(0.1), random.chance(chance)) {
                    (true, _) => 0.5,
                    (_, true) => 1.0,
                    _ => 0.0,
                };
                verdicts.push(NewVerdict {
                    prompt: PromptId(prompt.clone()),
                    responses: [ResponseId(first.clone()), ResponseId(second.clone())],
                    aspect: String::new(),
                    outcome,
                    margin: 1 + i64::try_from(random.below(3))?,
                    said: None,
                    raw: None,
                });
            }
        }
        let begun = Instant::now();
        done += store
            .record_judged(
                &world.project,
                key,
                &serde_json::json!({}),
                (&verdicts, &[]),
                None,
                1,
            )
            .await?
            .unwrap_or(0);
        counting += begun.elapsed();
        // the other judge agrees in four of five
        let few = verdicts.iter().take(AGAIN).cloned().map(|mut it| {
            if random.chance(0.2) {
                it.outcome = 1.0 - it.outcome;
            }
            it
        });
        let few: Vec<NewVerdict> = few.collect();
        let nothing = serde_json::json!({});
        let said = (few.as_slice(), &[][..]);
        store
            .record_judged(&world.project, second, &nothing, said, None, 1)
            .await?;
        prompts.push(prompt);
    }
    remarks(&store, world, &prompts).await?;
    let begun = Instant::now();
    store.count_now(&world.project, 2).await?;
    let fitted_in = begun.elapsed().as_secs_f64();
    let judges = store.judges(&world.project).await?;
    let called = |name: &str| {
        let found = judges.iter().find(|judge| judge.name == name);
        found.map(|it| it.id.clone()).context("a judge is gone")
    };
    let (judge, other) = (called(key.name)?, called(second.name)?);
    store.close().await;
    Ok(Filled {
        nodes,
        prompts,
        comparisons: done,
        judge,
        other,
        counted_in: counting.as_secs_f64(),
        fitted_in,
    })
}

/// Six domains, ten topics each, some ten leaves each: 700 nodes.
async fn taxonomy(store: &Store, project: &str) -> anyhow::Result<Vec<String>> {
    let mut nodes: Vec<(String, String)> = Vec::new();
    for n in 0..700 {
        let parent = match n {
            0..6 => None,
            6..INNER => Some(nodes[n % 6].clone()),
            _ => Some(nodes[6 + n % 60].clone()),
        };
        let (id, name) = (new_id(), format!("node {n}"));
        let path = parent
            .as_ref()
            .map_or_else(|| name.clone(), |(_, path)| format!("{path}/{name}"));
        let above = parent.map(|(id, _)| id);
        sqlx::query(
            "INSERT INTO node (id, project, parent, name, path) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&id)
        .bind(project)
        .bind(above)
        .bind(&name)
        .bind(&path)
        .execute(&store.write)
        .await?;
        nodes.push((id, path));
    }
    Ok(nodes.into_iter().map(|(id, _)| id).collect())
}

/// A prompt with answers of these models: the models' numbers and the answers' identifiers.
async fn answers(
    store: &Store,
    project: &str,
    prompt: &str,
    number: usize,
    models: &[usize],
    sources: &[String],
) -> anyhow::Result<Vec<(usize, String)>> {
    let mut transaction = store.begin().await?;
    sqlx::query(
        "INSERT INTO prompt (id, project, hash, messages, preview, number, created_at) VALUES ($1, $2, $1, $3, $4, $5, 1)",
    )
    .bind(prompt)
    .bind(project)
    .bind(r#"[{"role":"user","content":"Which of these is right?"}]"#)
    .bind("Which of these is right?")
    .bind(i64::try_from(number)?)
    .execute(&mut *transaction)
    .await?;
    let mut found = Vec::with_capacity(models.len());
    for &model in models {
        let id = new_id();
        sqlx::query(
            "INSERT INTO response (id, project, prompt, source, hash, text, created_at) VALUES ($1, $2, $3, $4, $1, $5, 1)",
        )
        .bind(&id)
        .bind(project)
        .bind(prompt)
        .bind(&sources[model])
        .bind("The one that says why, and names its sources.")
        .execute(&mut *transaction)
        .await?;
        found.push((model, id));
    }
    transaction.commit().await?;
    Ok(found)
}

/// Remarks about problems, as people would have written them.
async fn remarks(store: &Store, world: &World, prompts: &[String]) -> anyhow::Result<()> {
    let words = [
        "invents a source",
        "far too long",
        "leaves out the year",
        "wrong unit",
        "repeats itself",
    ];
    let mut random = Random::seeded(2);
    let mut transaction = store.begin().await?;
    for n in 0..REMARKS {
        let prompt = &prompts[random.below(prompts.len())];
        let response: String =
            sqlx::query_scalar("SELECT id FROM response WHERE prompt = $1 LIMIT 1")
                .bind(prompt)
                .fetch_one(&mut *transaction)
                .await?;
        let text = format!(
            "It {}, and {} in part {n}.",
            words[random.below(words.len())],
            words[random.below(words.len())]
        );
        let payload = serde_json::json!({
            "kind": "critique",
            "remarks": [{"response": response, "text": text, "polarity": "problem"}],
        });
        sqlx::query(
            "INSERT INTO annotation (id, project, prompt, annotator, provenance, kind, payload, shown, created_at) \
             VALUES ($1, $2, $3, 'somebody', 'machine', 'critique', $4, '[]', $5)",
        )
        .bind(new_id())
        .bind(world.project.as_str())
        .bind(prompt)
        .bind(payload.to_string())
        .bind(i64::try_from(n)?)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn pages(server: &Server, world: &World, filled: &Filled, table: &mut Table) -> anyhow::Result<()> {
    let mut owner = Annotator::sign_in(server.address, &world.project, 0)?;
    let mut random = Random::seeded(3);
    let base = format!("/projects/{}/dashboards", world.project);
    let judge = format!("judge={}", filled.judge);
    let kinds = [
        "leaderboard",
        "leaderboard of a node",
        "leaderboard as CSV",
        "win matrix, the best 24",
        "win matrix, all 100",
        "distributions",
        "by model, four of them",
        "by node, four rankings",
        "map",
        "prompts of the project",
        "prompts that a model lost, at a leaf",
        "one prompt with its verdicts",
        "phrases",
        "leaderboard, length held equal",
        "leaderboard, style held equal",
        "win rates against a baseline",
        "over time, by week",
        "weaknesses",
        "leaderboard as PNG",
        "report: differences",
        "report: alike",
        "report: trade-offs",
        "judges: against another",
        "judges: against another, at a leaf",
    ];
    // what is computed once somebody asks: asked for here, and waited for
    let begun = Instant::now();
    let judges = format!("/judges?against={}&", filled.other);
    let mut views = vec![
        "?scores=length&".to_owned(),
        "?scores=style&".to_owned(),
        "?scores=against&".to_owned(),
        "/time?".to_owned(),
        "/weakness?".to_owned(),
        judges.clone(),
    ];
    let leaves = &filled.nodes[INNER..];
    let judged = &leaves[..JUDGED];
    views.extend(judged.iter().map(|leaf| format!("{judges}node={leaf}&")));
    for view in views {
        let path = format!("{base}{view}{judge}");
        let waits =
            |body: &[u8]| String::from_utf8_lossy(body).contains("reload this page in a moment");
        while waits(&owner.client.get(&path)?.body) {
            ensure!(
                begun.elapsed() < Duration::from_mins(10),
                "{path} never comes"
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    table.note(
        "other scores, courses, weaknesses and judges, from none",
        format!("{:.1} s", begun.elapsed().as_secs_f64()),
    );
    let mut times: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for _ in 0..REQUESTS {
        for kind in 0..kinds.len() {
            let mut node = || filled.nodes[random.below(filled.nodes.len())].clone();
            let path = match kind {
                0 => format!("{base}?{judge}"),
                1 => format!("{base}?{judge}&node={}", node()),
                2 => format!("{base}?{judge}&as=csv"),
                3 => format!("{base}/matrix?{judge}"),
                4 => format!("{base}/matrix?{judge}&show=all"),
                5 => format!("{base}/spread?{judge}"),
                6 => format!("{base}/models?{judge}"),
                7 => format!(
                    "{base}/nodes?{judge}&node={}&node={}&node={}&node={}",
                    node(),
                    node(),
                    node(),
                    node()
                ),
                8 => format!("{base}/map?{judge}"),
                9 => format!("{base}/prompts?{judge}"),
                10 => {
                    let leaf = &leaves[random.below(leaves.len())];
                    format!("{base}/prompts?{judge}&node={leaf}&model=7")
                }
                11 => {
                    let prompt = &filled.prompts[random.below(filled.prompts.len())];
                    format!("{base}/prompts/{prompt}?{judge}")
                }
                12 => format!("{base}/phrases?{judge}"),
                13 => format!("{base}?{judge}&scores=length"),
                14 => format!("{base}?{judge}&scores=style"),
                15 => format!("{base}?{judge}&scores=against"),
                16 => format!("{base}/time?{judge}"),
                17 => format!("{base}/weakness?{judge}"),
                18 => format!("{base}?{judge}&as=png"),
                19 => format!("{base}/reports?{judge}&report=difference"),
                20 => format!("{base}/reports?{judge}&report=cluster"),
                21 => format!("{base}/reports?{judge}&report=trade"),
                22 => format!("{base}{judges}{judge}"),
                _ => {
                    let leaf = &judged[random.below(JUDGED)];
                    format!("{base}{judges}node={leaf}&{judge}")
                }
            };
            let begun = Instant::now();
            let answer = owner.client.get(&path)?;
            ensure!(answer.status == 200, "{path}: {}", answer.status);
            let time = begun.elapsed().as_secs_f64() * 1000.0;
            times.entry(kind).or_default().push(time);
        }
    }
    for (kind, times) in times {
        let times: Times = times.into_iter().collect();
        table.line(
            kinds[kind],
            &times,
            "p95 150 ms",
            times.percentile(95) <= 150.0,
        );
    }
    Ok(())
}

/// Milliseconds from a person's comparison, written by another process, to its being on the board.
async fn freshness(server: &Server, database: &Path, world: &World) -> anyhow::Result<Times> {
    let store = Store::open(&database_url(database)).await?;
    let mut owner = Annotator::sign_in(server.address, &world.project, 0)?;
    let path = format!("/projects/{}/dashboards?as=json", world.project);
    let mut lags = Vec::new();
    for n in 1..=20 {
        let said = |model: usize| Said {
            source: format!("model-{model:03}"),
            kind: SourceKind::Model,
            text: format!("Answer {n} of {model}"),
            metadata: serde_json::json!({}),
        };
        let comparison = Comparison {
            prompt: None,
            messages: vec![Message::user(format!("New question {n}"))],
            left: said(n % MODELS),
            right: said((n + 40) % MODELS),
            strength: 1,
            both_bad: false,
            reason: String::new(),
        };
        store
            .save_comparison(
                &world.project,
                &comparison,
                &world.people[0],
                store::now_ms(),
            )
            .await?;
        let begun = Instant::now();
        loop {
            // people come first among judges, so that theirs is the board without a choice
            let answer = owner.client.get(&path)?;
            let board: serde_json::Value = serde_json::from_slice(&answer.body)?;
            let rows = board["rows"].as_array().context("no rows")?;
            let sum: f64 = rows
                .iter()
                .filter_map(|row| row["comparisons"].as_f64())
                .sum();
            if (sum - 2.0 * n as f64).abs() < 0.5 {
                break;
            }
            ensure!(
                begun.elapsed() < Duration::from_mins(1),
                "it is not on the board"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        lags.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    store.close().await;
    Ok(lags.into_iter().collect())
}
