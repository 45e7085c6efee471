//! The preview: how the file is read, its first rows as they will be, its first problems. Nothing is
//! written until somebody presses the button.

use super::browse::select;
use super::file_of;
use super::upload::HEAD;
use crate::Cx;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::text::data as text;
use crate::ui::{Errors, Field};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::ImportId;
use domain::import::{Example, Format, Item, Plan, Reader, Record, Role, RowProblem};
use domain::project::Settings as ProjectSettings;
use domain::prompt::{Message, SourceKind, plain_text};
use domain::{Fields, Invalid, Provenance};
use leptos::prelude::*;
use std::path::PathBuf;
use store::imports::{Import, Settings};

/// Rows that are looked at for problems, and rows that are shown.
const LOOKED_AT: usize = 500;
const SHOWN: usize = 5;
/// Problems that are listed.
const LISTED: usize = 20;

/// The beginning of the file as the plan reads it.
#[derive(Default)]
struct Looked {
    rows: usize,
    bad: usize,
    items: Vec<(u64, Item)>,
    problems: Vec<RowProblem>,
}

fn look(path: PathBuf, plan: &Plan, settings: &ProjectSettings) -> std::io::Result<Looked> {
    let head = store::imports::file_head(&path, HEAD)?;
    let cut = head.len() as u64 == HEAD;
    let mut rows = Reader::new(&head[..], plan).peekable();
    let mut looked = Looked::default();
    while let Some((line, row)) = rows.next() {
        let row = row.and_then(|item| item.allowed(line, settings));
        // the last row of a long file's beginning is cut through
        if looked.rows == LOOKED_AT || (cut && rows.peek().is_none()) {
            break;
        }
        looked.rows += 1;
        match row {
            Ok(item) if looked.items.len() < SHOWN => looked.items.push((line, item)),
            Ok(_) => {}
            Err(problems) => {
                looked.bad += 1;
                looked.problems.extend(problems);
            }
        }
    }
    looked.problems.truncate(LISTED);
    Ok(looked)
}

/// The page for an import that waits.
pub(super) async fn page(
    cx: &Cx,
    import: Import,
    status: StatusCode,
    errors: Vec<Invalid>,
) -> Result<Response> {
    let (path, plan) = (file_of(&cx.app, &import.id), import.settings.plan.clone());
    let project = cx.project()?.settings.clone();
    let looked = tokio::task::spawn_blocking(move || look(path, &plan, &project))
        .await
        .map_err(Error::internal)?
        .ok();
    Ok(cx.page_with(status, text::PREVIEW, || {
        let settings = &import.settings;
        let choice = |name: &str, value: &'static str, words: &'static str, checked: bool| {
            let name = name.to_owned();
            view! { <label class="choice"><input type="radio" name=name value=value checked=checked /><span>{words}</span></label> }
        };
        view! {
            <div class="page-head"><h1>{text::PREVIEW}": "<span dir="auto">{import.file_name.clone()}</span></h1></div>
            <p class="notice">{text::NOTHING_WRITTEN}</p>
            {import.problem.clone().map(|words| view! { <p class="notice bad">{words}</p> })}
            <form method="post" action=cx.at(&format!("data/imports/{}", import.id))>
                <Errors errors=errors.clone() />
                <section class="card">{plan_form(&settings.plan, errors)}</section>
                <section class="card">{match looked { Some(looked) => shown(looked).into_any(), None => view! { <p class="notice bad">{text::FILE_GONE}</p> }.into_any() }}</section>
                <section class="card">
                    <fieldset class="field">
                        <legend>{text::BAD_ROWS}</legend>
                        <div class="choices">
                            {choice("rows", "all", text::ALL_OR_NOTHING, settings.all_or_nothing)}
                            {choice("rows", "good", text::GOOD_ROWS, !settings.all_or_nothing)}
                        </div>
                    </fieldset>
                    <div class="field"><div class="choices"><label class="choice"><input type="checkbox" name="tasks" value="yes" checked=settings.make_tasks /><span>{text::MAKE_TASKS}</span></label></div></div>
                    <button class="primary" name="do" value="run">{text::RUN}</button>
                </section>
            </form>
        }
    }))
}

fn plan_form(plan: &Plan, errors: Vec<Invalid>) -> impl IntoView + use<> {
    let mut fields = Fields::default();
    fields.set("format", plan.format.name());
    fields.set("source", &plan.source);
    fields.set("provenance", plan.provenance.map_or("", Provenance::name));
    let formats = Format::ALL.map(|f| (f.name().to_owned(), text::format(f).to_owned()));
    let who = Provenance::ALL.map(|p| (p.name().to_owned(), text::provenance(p).to_owned()));
    let columns = (plan.format == Format::Columns).then(|| {
        let rows = plan.columns.iter().enumerate().map(|(n, column)| {
            let options = Role::ALL.map(|role| {
                let selected = role == column.role;
                view! { <option value=role.name() selected=selected>{text::column(role)}</option> }
            });
            let id = format!("column-{n}");
            view! {
                <tr>
                    <th scope="row"><label for=id.clone() dir="auto">{column.name.clone()}</label></th>
                    <td><select id=id.clone() name=id.clone()>{options.into_iter().collect_view()}</select></td>
                </tr>
            }
        });
        view! {
            <div class="table" id="columns" tabindex="0" role="region" aria-label=text::COLUMNS>
                <table>
                    <caption>{text::COLUMNS}</caption>
                    <thead><tr><th scope="col">{text::COLUMN_NAME}</th><th scope="col">{text::COLUMN_ROLE}</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
    });
    view! {
        {select("format", text::FORMAT, "", formats.into(), &fields)}
        {columns}
        <Field name="source" label=text::DEFAULT_SOURCE fields=fields.clone() errors=errors />
        {select("provenance", text::WHO, text::USUAL, who.into(), &fields)}
        <button name="do" value="look">{text::LOOK_AGAIN}</button>
    }
}

fn shown(looked: Looked) -> impl IntoView {
    let rows = looked.items.into_iter().map(|(line, item)| {
        let [prompt, responses, said] = match item {
            Item::Example(example) => example_words(&example),
            Item::Record(record) => record_words(&record),
        };
        view! {
            <tr>
                <td class="number">{line}</td>
                <td><div class="clip" dir="auto">{prompt}</div></td>
                <td><div class="clip" dir="auto">{responses}</div></td>
                <td><div class="clip" dir="auto">{said}</div></td>
            </tr>
        }
    });
    let summary = if looked.bad == 0 {
        view! { <p class="notice good">{text::no_problems(looked.rows)}</p> }.into_any()
    } else {
        view! { <p class="notice warn">{text::problems_so_far(looked.bad, looked.rows)}</p> }
            .into_any()
    };
    view! {
        <h2>{text::ROWS_READ}</h2>
        <div class="table" tabindex="0" role="region" aria-label=text::ROWS_READ>
            <table>
                <thead><tr><th scope="col">{text::LINE}</th><th scope="col">{text::PROMPTS}</th><th scope="col">{text::RESPONSES}</th><th scope="col">{text::SAID}</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <h2>{text::PROBLEMS}</h2>
        {summary}
        {problems(looked.problems)}
    }
}

/// A table of problems; nothing when there are none.
pub(super) fn problems(problems: Vec<RowProblem>) -> impl IntoView {
    (!problems.is_empty()).then(|| {
        let rows = problems.into_iter().map(|problem| {
            view! { <tr><td class="number">{problem.line}</td><td dir="auto">{problem.field}</td><td dir="auto">{problem.reason}</td></tr> }
        });
        view! {
            <div class="table" tabindex="0" role="region" aria-label=text::PROBLEMS>
                <table>
                    <thead><tr><th scope="col">{text::LINE}</th><th scope="col">{text::FIELD}</th><th scope="col">{text::REASON}</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
    })
}

fn conversation(messages: &[Message]) -> String {
    match messages {
        [only] => only.content.clone(),
        all => plain_text(all),
    }
}

fn example_words(example: &Example) -> [String; 3] {
    let responses: Vec<String> = example
        .responses
        .iter()
        .map(|response| format!("[{}] {}", response.source, response.text))
        .collect();
    let said: Vec<&str> = example
        .feedback
        .iter()
        .map(|feedback| text::kind(feedback.payload.kind()))
        .collect();
    [
        conversation(&example.prompt.messages),
        responses.join("\n"),
        said.join(", "),
    ]
}

fn record_words(record: &Record) -> [String; 3] {
    match record {
        Record::Project(project) => [project.name.clone(), String::new(), String::new()],
        Record::Prompt(prompt) => [conversation(&prompt.messages), String::new(), String::new()],
        Record::Response(response) => {
            let words = format!("[{}] {}", response.source.name, response.text);
            [String::new(), words, String::new()]
        }
        Record::Annotation(annotation) => {
            let words = text::kind(annotation.kind).to_owned();
            [String::new(), String::new(), words]
        }
    }
}

/// The settings as the form has them.
fn changed(mut settings: Settings, fields: &Fields) -> Settings {
    let plan = &mut settings.plan;
    if let Some(format) = fields.get("format").and_then(Format::parse) {
        plan.format = format;
    }
    for (n, column) in plan.columns.iter_mut().enumerate() {
        if let Some(role) = fields.get(&format!("column-{n}")).and_then(Role::parse) {
            column.role = role;
        }
    }
    if let Some(source) = fields.raw("source") {
        source.trim().clone_into(&mut plan.source);
    }
    plan.provenance = fields.get("provenance").and_then(Provenance::parse);
    let students = plan
        .columns
        .iter()
        .any(|column| column.role == Role::Student);
    plan.source_kind = if students {
        SourceKind::Student
    } else {
        SourceKind::Model
    };
    if let Some(rows) = fields.get("rows") {
        settings.all_or_nothing = rows == "all";
        // a box that is not ticked is not sent: it counts only together with the rest of its section
        settings.make_tasks = fields.ticked("tasks");
    }
    settings
}

pub(super) async fn change(
    cx: Cx,
    Path((_, id)): Path<(String, String)>,
    Form(fields): Form,
) -> Result<Response> {
    let project = cx.project()?.id.clone();
    let id = ImportId(id);
    let mut import = cx
        .store()
        .import(&project, &id)
        .await?
        .ok_or(Error::NotFound)?;
    let address = cx.at(&format!("data/imports/{id}"));
    import.settings = changed(import.settings, &fields);
    if let Err(problems) = import.settings.plan.check() {
        return page(&cx, import, StatusCode::UNPROCESSABLE_ENTITY, problems).await;
    }
    if !cx
        .store()
        .plan_import(&project, &id, &import.settings)
        .await?
    {
        // it runs already, or has run: the page shows how far it is
        return Ok(cx.redirect(&address));
    }
    if fields.get("do") == Some("run") && cx.store().start_import(&project, &id).await? {
        let (account, now) = (cx.user_id()?, store::now_ms());
        cx.store()
            .audit(
                Some(&project),
                Some(account),
                "import",
                &import.file_name,
                "",
                now,
            )
            .await?;
        super::progress::run(&cx.app, project, id);
    }
    Ok(cx.redirect(&address))
}
