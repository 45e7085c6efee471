//! `touchstone import`, `export` and `demo`: what the data pages do, from the command line.

use anyhow::{Context, bail};
use domain::ids::{ImportId, ProjectId};
use domain::import::{Format, Plan};
use domain::{Invalid, Provenance};
use std::io::Write;
use std::path::{Path, PathBuf};
use store::imports::{Import, Settings, State};
use store::{Store, now_ms};

/// The bytes of a file that its format is guessed from.
const HEAD: u64 = 1 << 16;

/// Bring prompts, responses and feedback into a project.
#[derive(clap::Args)]
pub struct ImportFiles {
    /// The project's identifier or name.
    #[arg(long)]
    project: String,
    /// The files: JSON Lines, JSON arrays or CSV, gzip or not.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What the rows mean, if the guess is wrong.
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// Who gave the feedback in the files: person, machine or simulated. Unset: the format's usual.
    #[arg(long, value_parser = provenance)]
    provenance: Option<Provenance>,
    /// The source of responses whose row names none. Unset: the file's name.
    #[arg(long)]
    source: Option<String>,
    /// Write nothing if any row is bad.
    #[arg(long)]
    all_or_nothing: bool,
    /// Make no tasks.
    #[arg(long)]
    no_tasks: bool,
}

/// Write a project's data to a file or to standard output.
#[derive(clap::Args)]
pub struct Export {
    /// The project's identifier or name.
    #[arg(long)]
    project: String,
    /// What to write: record, preference, preference-chat, completion, completion-chat, critiques, grades
    /// or card.
    #[arg(long, value_parser = export_format, default_value = "record")]
    format: domain::export::Format,
    /// Whose feedback, people's only if unset; repeat it to mix.
    #[arg(long, value_parser = provenance)]
    provenance: Vec<Provenance>,
    /// Only prompts of this language.
    #[arg(long)]
    language: Option<String>,
    /// The licence that the data card names.
    #[arg(long)]
    licence: Option<String>,
    /// Where to write; standard output if unset.
    #[arg(long, short)]
    output: Option<PathBuf>,
}

fn export_format(name: &str) -> Result<domain::export::Format, String> {
    use domain::export::Format;
    Format::parse(name).ok_or_else(|| {
        let names: Vec<_> = Format::ALL.into_iter().map(Format::name).collect();
        format!("one of {}", names.join(", "))
    })
}

impl Export {
    /// Writes the export as it comes out of the database.
    pub async fn run(self, store: &Store) -> anyhow::Result<()> {
        let project = project(store, &self.project).await?;
        let mut request = domain::export::Request::new(self.format);
        if !self.provenance.is_empty() {
            request.provenances = self.provenance;
        }
        (request.language, request.licence) = (self.language, self.licence);
        let mut out: Box<dyn Write> = match &self.output {
            Some(path) => Box::new(
                std::fs::File::create(path)
                    .with_context(|| format!("cannot write {}", path.display()))?,
            ),
            None => Box::new(std::io::stdout()),
        };
        let (sink, mut texts) = tokio::sync::mpsc::channel(4);
        let (written, sent) = tokio::join!(store.export(&project, &request, sink), async move {
            while let Some(text) = texts.recv().await {
                out.write_all(text.as_bytes())?;
            }
            out.flush()
        });
        sent.context("cannot write the export")?;
        Ok(written?)
    }
}

/// Load the demo projects, once.
#[derive(clap::Args)]
pub struct Demo {
    /// Where their files are.
    #[arg(long, default_value = "demo")]
    folder: PathBuf,
}

fn format(name: &str) -> Result<Format, String> {
    Format::parse(name).ok_or_else(|| {
        let names: Vec<_> = Format::ALL.into_iter().map(Format::name).collect();
        format!("one of {}", names.join(", "))
    })
}

fn provenance(name: &str) -> Result<Provenance, String> {
    Provenance::parse(name).ok_or_else(|| "person, machine or simulated".to_owned())
}

/// The project of that identifier or, if only one has it, name.
pub(crate) async fn project(store: &Store, wanted: &str) -> anyhow::Result<ProjectId> {
    let id = ProjectId::from(wanted);
    if store.project(&id).await?.is_some() {
        return Ok(id);
    }
    match store.projects_named(wanted).await?.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!("there is no project {wanted:?}"),
        many => bail!(
            "{} projects are called {wanted:?}: name one by its identifier",
            many.len()
        ),
    }
}

impl ImportFiles {
    /// Imports one file after another.
    pub async fn run(self, store: &Store) -> anyhow::Result<()> {
        let project = project(store, &self.project).await?;
        let mut bad = 0;
        for file in &self.files {
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let mut plan = guess(file, &name)?;
            plan.format = self.format.unwrap_or(plan.format);
            plan.provenance = self.provenance;
            if let Some(source) = &self.source {
                plan.source.clone_from(source);
            }
            plan.check().map_err(words).with_context(|| name.clone())?;
            let settings = Settings {
                plan,
                all_or_nothing: self.all_or_nothing,
                make_tasks: !self.no_tasks,
                take_settings: true,
            };
            let import = import(store, &project, file, &name, &settings).await?;
            report(store, &import).await?;
            bad += import.counts.bad_rows;
            if import.state == State::Failed {
                bail!("{name}: {}", import.problem.unwrap_or_default());
            }
        }
        if bad > 0 {
            println!("{bad} bad rows were left out");
        }
        Ok(())
    }
}

fn words(problems: Vec<Invalid>) -> anyhow::Error {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    anyhow::anyhow!(problems.join("; "))
}

fn guess(file: &Path, name: &str) -> anyhow::Result<Plan> {
    let head = store::imports::file_head(file, HEAD)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let source = name.split('.').next().unwrap_or(name);
    Plan::guess(&head, source)
        .map_err(|problem| words(vec![problem]))
        .with_context(|| name.to_owned())
}

async fn import(
    store: &Store,
    project: &ProjectId,
    file: &Path,
    name: &str,
    settings: &Settings,
) -> anyhow::Result<Import> {
    let bytes = i64::try_from(std::fs::metadata(file)?.len())?;
    let id = store
        .create_import(project, None, name, bytes, settings, now_ms())
        .await?;
    store.start_import(project, &id).await?;
    finish(store, project, &id, file).await
}

async fn finish(
    store: &Store,
    project: &ProjectId,
    id: &ImportId,
    file: &Path,
) -> anyhow::Result<Import> {
    store.run_import(project, id, file.to_owned()).await?;
    store
        .import(project, id)
        .await?
        .context("the import is gone")
}

async fn report(store: &Store, import: &Import) -> anyhow::Result<()> {
    let counts = &import.counts;
    println!(
        "{}: {} rows; new: {} prompts, {} responses, {} annotations, {} tasks; there already: {} prompts, {} responses, {} annotations",
        import.file_name,
        import.rows_read,
        counts.prompts,
        counts.responses,
        counts.annotations,
        counts.tasks,
        counts.prompts_known,
        counts.responses_known,
        counts.annotations_known
    );
    for problem in store.import_problems(&import.id, 20).await? {
        println!("  {problem}");
    }
    Ok(())
}

impl Demo {
    /// Loads what is not there yet. The first account owns it, whether it exists already or not.
    pub async fn run(self, store: &Store) -> anyhow::Result<()> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .with_context(|| format!("cannot read {}", self.folder.display()))?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
            .collect();
        files.sort();
        for file in files {
            let stem = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let name = format!("demo/{stem}.jsonl");
            let import = match store.import_named(&name).await? {
                Some((_, import)) if import.state == State::Done => continue,
                Some((project, import)) => {
                    store.start_import(&project, &import.id).await?;
                    finish(store, &project, &import.id, &file).await?
                }
                None => {
                    let project = store.create_demo_project(&stem, now_ms()).await?;
                    let settings = Settings {
                        plan: guess(&file, &stem)?,
                        all_or_nothing: true,
                        make_tasks: true,
                        take_settings: true,
                    };
                    import(store, &project, &file, &name, &settings).await?
                }
            };
            report(store, &import).await?;
            if import.state == State::Failed {
                bail!("{name}: {}", import.problem.unwrap_or_default());
            }
        }
        Ok(())
    }
}
