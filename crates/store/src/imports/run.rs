//! Runs an import: a thread reads the file, batches are written as they come.

use super::resolve::{Known, drop_strays, remember};
use super::stage::Batch;
use super::tasks::TaskRules;
use super::write::{Target, write};
use super::{Counts, Import, KEPT_PROBLEMS, sql};
use crate::error::to_json;
use crate::{Result, Store, now_ms};
use domain::ids::{ImportId, ProjectId};
use domain::import::{Item, Plan, ProjectRecord, Reader, Record, RowProblem};
use domain::project::Settings;
use sqlx::Row;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Rows in one transaction.
pub(super) const BATCH_ROWS: u64 = 500;
/// Bytes of text in one transaction, should rows be long.
const BATCH_BYTES: usize = 4 << 20;

/// A batch and what was wrong with the rows that are not in it.
type Read1 = (Batch, Vec<RowProblem>, u64);

/// Counts what is read from the file, compressed as it may be.
struct Counting<R>(R, Arc<AtomicU64>);

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The file's text, unpacked if it is gzip.
fn open(path: &Path, count: Arc<AtomicU64>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = BufReader::with_capacity(1 << 16, Counting(File::open(path)?, count));
    Ok(if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(
            1 << 16,
            flate2::bufread::MultiGzDecoder::new(file),
        ))
    } else {
        Box::new(file)
    })
}

/// The first bytes of a file's text, to guess and to preview.
///
/// # Errors
/// When the file cannot be read, or is a broken gzip.
pub fn file_head(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    open(path, Arc::default())?
        .take(bytes)
        .read_to_end(&mut head)?;
    Ok(head)
}

/// Reads the whole file into the channel; ends when the other side hangs up.
fn read_file(
    path: &Path,
    plan: &Plan,
    settings: &Settings,
    takes: bool,
    count: &Arc<AtomicU64>,
    out: &mpsc::Sender<Read1>,
) -> io::Result<()> {
    let input = open(path, Arc::clone(count))?;
    let (mut batch, mut problems, mut rows) = (Batch::default(), Vec::new(), 0);
    // a record's own settings count for the records below it, if they are to be taken over
    let mut settings = settings.clone();
    for (line, row) in Reader::new(input, plan) {
        rows += 1;
        if takes
            && let Ok(Item::Record(record)) = &row
            && let Record::Project(project) = &**record
        {
            settings = project.settings.clone();
        }
        match row.and_then(|item| item.allowed(line, &settings)) {
            Ok(item) => batch.add(line, item),
            Err(wrong) => problems.extend(wrong),
        }
        if rows >= BATCH_ROWS || batch.bytes >= BATCH_BYTES {
            let full = (
                std::mem::take(&mut batch),
                std::mem::take(&mut problems),
                rows,
            );
            rows = 0;
            if out.blocking_send(full).is_err() {
                return Ok(());
            }
        }
    }
    let _ = out.blocking_send((batch, problems, rows));
    Ok(())
}

/// One import under way.
struct Run<'a> {
    store: &'a Store,
    project: &'a ProjectId,
    import: &'a Import,
    settings: Settings,
    known: Known,
    counts: Counts,
    rows: u64,
    kept: usize,
    /// The file's settings become the project's.
    takes: bool,
    /// How many members the project has.
    people: i64,
}

impl Store {
    /// Runs an import that was started (or that a stopped server left running) to its end, and notes how
    /// it went. `file` is where its file is kept.
    pub async fn run_import(
        &self,
        project: &ProjectId,
        id: &ImportId,
        file: PathBuf,
    ) -> Result<()> {
        let (Some(import), Some(found)) = (
            self.import(project, id).await?,
            self.project(project).await?,
        ) else {
            return Ok(());
        };
        sqlx::query("DELETE FROM import_problem WHERE import = $1")
            .bind(id.as_str())
            .execute(&self.write)
            .await?;
        let mut run = Run {
            store: self,
            project,
            import: &import,
            settings: found.settings,
            known: Known::default(),
            counts: Counts::default(),
            rows: 0,
            kept: 0,
            takes: import.settings.take_settings && self.is_empty(project).await?,
            people: self.people(project).await?,
        };
        let outcome = run.all(&file).await;
        let (state, problem) = match &outcome {
            Ok(None) => ("done", None),
            Ok(Some(words)) => ("failed", Some(words.clone())),
            Err(cause) => {
                tracing::error!(import = id.as_str(), %cause, "import failed");
                (
                    "failed",
                    Some("the database failed; the server’s log says why".to_owned()),
                )
            }
        };
        sqlx::query(
            "UPDATE import SET state = $2, problem = $3, rows_read = $4, counts = $5, finished_at = $6 WHERE id = $1",
        )
        .bind(id.as_str())
        .bind(state)
        .bind(problem)
        .bind(i64::try_from(run.rows).unwrap_or(i64::MAX))
        .bind(to_json(&run.counts))
        .bind(now_ms())
        .execute(&self.write)
        .await?;
        outcome.map(|_| ())
    }

    async fn people(&self, project: &ProjectId) -> Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) AS people FROM member WHERE project = $1")
            .bind(project.as_str())
            .fetch_one(&self.read)
            .await?;
        Ok(row.try_get("people")?)
    }

    /// Whether the project holds no prompt yet.
    pub async fn is_empty(&self, project: &ProjectId) -> Result<bool> {
        let row = sqlx::query("SELECT id FROM prompt WHERE project = $1 LIMIT 1")
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        Ok(row.is_none())
    }
}

impl Run<'_> {
    /// The whole import; the reason when nothing more was to be done.
    async fn all(&mut self, file: &Path) -> Result<Option<String>> {
        if self.import.settings.all_or_nothing {
            if let Some(words) = self.reading(file, false).await? {
                return Ok(Some(words));
            }
            if self.counts.bad_rows > 0 {
                let words = "some rows have problems, so nothing was written";
                return Ok(Some(words.to_owned()));
            }
            (self.known, self.rows) = (Known::default(), 0);
        }
        let stopped = self.reading(file, true).await?;
        if stopped.is_none() {
            while self.store.index_some(self.project).await? {}
        }
        Ok(stopped)
    }

    /// One reading of the file, writing or only checking.
    async fn reading(&mut self, file: &Path, writes: bool) -> Result<Option<String>> {
        let (sender, mut receiver) = mpsc::channel(2);
        let count = Arc::new(AtomicU64::new(0));
        let thread = {
            let (file, plan) = (file.to_owned(), self.import.settings.plan.clone());
            let (settings, count) = (self.settings.clone(), Arc::clone(&count));
            let takes = self.takes;
            tokio::task::spawn_blocking(move || {
                read_file(&file, &plan, &settings, takes, &count, &sender)
            })
        };
        while let Some((batch, problems, rows)) = receiver.recv().await {
            self.rows += rows;
            let bytes = count.load(Ordering::Relaxed);
            self.batch(batch, problems, bytes, writes).await?;
        }
        Ok(match thread.await {
            Ok(Ok(())) => None,
            Ok(Err(cause)) => Some(format!("the file cannot be read: {cause}")),
            Err(_) => Some("the file made the reader stop; please report this".to_owned()),
        })
    }

    async fn batch(
        &mut self,
        mut batch: Batch,
        mut problems: Vec<RowProblem>,
        bytes: u64,
        writes: bool,
    ) -> Result<()> {
        let project = self.project.as_str();
        if writes {
            let mut transaction = self.store.begin().await?;
            if let Some(record) = batch.project.take()
                && self.takes
            {
                self.take_settings(&mut transaction, record).await?;
            }
            problems
                .extend(drop_strays(&mut transaction, project, &mut batch, &mut self.known).await?);
            let rules = self
                .import
                .settings
                .make_tasks
                .then(|| TaskRules::new(&self.settings, self.people));
            let target = Target {
                project,
                tasks: rules.as_ref(),
                now: now_ms(),
            };
            write(
                &mut transaction,
                &target,
                batch,
                &mut self.known,
                &mut self.counts,
            )
            .await?;
            self.note(&mut transaction, problems, bytes).await?;
            transaction.commit().await?;
        } else {
            let mut connection = self.store.read.acquire().await?;
            problems
                .extend(drop_strays(&mut connection, project, &mut batch, &mut self.known).await?);
            drop(connection);
            remember(&batch, &mut self.known);
            let mut transaction = self.store.begin().await?;
            self.note(&mut transaction, problems, bytes).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Progress and problems, for the page that watches.
    async fn note(
        &mut self,
        transaction: &mut crate::Transaction,
        problems: Vec<RowProblem>,
        bytes: u64,
    ) -> Result<()> {
        let mut lines: Vec<u64> = problems.iter().map(|problem| problem.line).collect();
        lines.dedup();
        // the second reading of all-or-nothing finds no problems that the first did not count
        self.counts.bad_rows += lines.len() as u64;
        let kept: Vec<(i64, RowProblem)> = problems
            .into_iter()
            .take(KEPT_PROBLEMS.saturating_sub(self.kept))
            .enumerate()
            .map(|(n, problem)| (i64::try_from(self.kept + n).unwrap_or(0), problem))
            .collect();
        self.kept += kept.len();
        sql::insert(
            transaction,
            "INSERT INTO import_problem (import, position, line, field, reason)",
            5,
            "",
            &kept,
            |statement, (position, problem)| {
                statement
                    .bind(self.import.id.as_str())
                    .bind(*position)
                    .bind(i64::try_from(problem.line).unwrap_or(i64::MAX))
                    .bind(&problem.field)
                    .bind(&problem.reason)
            },
        )
        .await?;
        sqlx::query("UPDATE import SET bytes_read = $2, rows_read = $3, counts = $4 WHERE id = $1")
            .bind(self.import.id.as_str())
            .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
            .bind(i64::try_from(self.rows).unwrap_or(i64::MAX))
            .bind(to_json(&self.counts))
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    async fn take_settings(
        &mut self,
        transaction: &mut crate::Transaction,
        record: ProjectRecord,
    ) -> Result<()> {
        sqlx::query("UPDATE project SET name = $2, settings = $3 WHERE id = $1")
            .bind(self.project.as_str())
            .bind(record.name)
            .bind(to_json(&record.settings))
            .execute(&mut **transaction)
            .await?;
        self.settings = record.settings;
        Ok(())
    }
}
