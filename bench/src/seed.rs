//! A project to work on: people with a password, prompts with two responses each, a task for each prompt.
//! The rows come in through the importer, as they would in life.

use crate::words;
use anyhow::{Context, ensure};
use argon2::PasswordHasher as _;
use domain::Role;
use domain::ids::{ProjectId, UserId};
use domain::import::Plan;
use domain::project::Settings;
use std::io::{BufWriter, Write};
use std::path::Path;
use store::imports::{Counts, Settings as Import};
use store::{Store, now_ms};

/// Everybody's password.
pub const PASSWORD: &str = "eight brown beavers build";

/// Where the work is.
#[derive(Clone, Debug)]
pub struct World {
    /// The project.
    pub project: ProjectId,
    /// Its people; the first one owns it.
    pub people: Vec<UserId>,
}

/// The address of person `n`.
pub fn email(n: usize) -> String {
    format!("person{n}@example.org")
}

/// Writes so many prompts, each with two responses, one JSON object a line. Neither they nor their
/// responses are like those of another `first`.
pub fn write_rows(file: &Path, first: u64, prompts: u64) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    for n in first..first + prompts {
        let row = serde_json::json!({
            "id": format!("row-{n}"),
            "prompt": words::question(n),
            "response_1": words::answer(2 * n), "source_1": "model-a",
            "response_2": words::answer(2 * n + 1), "source_2": "model-b",
        });
        writeln!(out, "{row}")?;
    }
    Ok(out.flush()?)
}

/// Makes the database file: a project that asks for preferences from `overlap` people, and who may work
/// on it.
pub async fn seed(
    store: &Store,
    folder: &Path,
    tasks: u64,
    people: usize,
    overlap: u32,
) -> anyhow::Result<World> {
    let parameters = argon2::Params::new(19 * 1024, 2, 1, None)?;
    let hash = argon2::Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        parameters,
    )
    .hash_password(PASSWORD.as_bytes())?
    .to_string();
    let now = now_ms();
    let mut accounts = Vec::new();
    for n in 0..people {
        let name = format!("Person {n}");
        accounts.push(store.create_account(&email(n), &name, &hash, now).await?);
    }
    let settings = Settings {
        overlap,
        ..Settings::default()
    };
    let owner = accounts.first().context("somebody owns the project")?;
    let project = store.create_project("Bench", &settings, owner, now).await?;
    for account in &accounts[1..] {
        store
            .set_member(&project, account, Role::Annotator, now)
            .await?;
    }
    let file = folder.join("rows.jsonl");
    write_rows(&file, 0, tasks)?;
    let counts = import(store, &project, &file).await?;
    std::fs::remove_file(&file)?;
    ensure!(counts.tasks == tasks, "{counts:?}");
    Ok(World {
        project,
        people: accounts,
    })
}

async fn import(store: &Store, project: &ProjectId, file: &Path) -> anyhow::Result<Counts> {
    let head = store::imports::file_head(file, 1 << 16)?;
    let plan = Plan::guess(&head, "rows").map_err(|wrong| anyhow::anyhow!("{wrong:?}"))?;
    let settings = Import {
        plan,
        all_or_nothing: false,
        make_tasks: true,
        take_settings: false,
    };
    let bytes = i64::try_from(std::fs::metadata(file)?.len())?;
    let id = store
        .create_import(project, None, "rows.jsonl", bytes, &settings, now_ms())
        .await?;
    ensure!(store.start_import(project, &id).await?, "not started");
    store.run_import(project, &id, file.to_owned()).await?;
    let import = store
        .import(project, &id)
        .await?
        .context("the import is gone")?;
    ensure!(import.problem.is_none(), "{:?}", import.problem);
    Ok(import.counts)
}
