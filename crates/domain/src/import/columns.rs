//! Rows whose columns the person maps: any CSV, any flat JSONL. The meaning of each column is guessed from
//! its name.
//!
//! Columns of one role are counted: `response_1`, `response_2` (or `_a`, `_b`) are the first and second
//! response, and `source_2`, `critique_2`, `label_2` speak of the second; without a number a column counts
//! by its place among those of its role. One column `source` with several responses is each one's source;
//! without any, a response's source is its column's name.

use super::{
    CriterionPart, Example, Plan, PromptPart, ResponsePart, feedback,
    taking::{self, Taking},
};
use crate::{Invalid, prompt::Message, prompt::SourceKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A column and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the file.
    pub name: String,
    /// What it means.
    pub role: Role,
}

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident $name:literal [$($alias:literal),*]),+ $(,)?) => {
        /// What a column means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Role { $($(#[$doc])* $variant),+ }

        impl Role {
            /// All of them, in the order in which the page lists them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];
            /// The name in forms and files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
            /// The role of that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|role| role.name() == name)
            }
            /// The role that a column of this plain name most likely has.
            fn usual(name: &str) -> Option<Self> {
                Some(match name { $($name $(| $alias)* => Self::$variant,)+ _ => return None })
            }
        }
    };
}

roles! {
    /// Kept with the prompt as metadata.
    Metadata "metadata" [],
    /// Left out.
    Ignore "ignore" ["raw_completion", "raw_annotator"],
    /// The file's identifier of the prompt.
    Id "id" ["key", "prompt_id", "uuid", "question_id"],
    /// The prompt: text, or a list of messages.
    Prompt "prompt" ["question", "instruction", "query", "user", "frage", "pregunta"],
    /// The system's message before the prompt.
    System "system" ["system_prompt", "system_message"],
    /// Text that belongs below the prompt.
    Context "context" ["input", "passage", "document"],
    /// A response.
    Response "response" ["answer", "output", "completion", "student_answer", "reply", "antwort", "respuesta", "model_output", "prediction"],
    /// The model or person a response comes from.
    Source "source" ["generator", "model", "model_name", "author"],
    /// The student a response comes from; hidden from graders.
    Student "student" ["student_id", "student_name", "pupil"],
    /// The better of two responses.
    Chosen "chosen" [],
    /// The worse of two responses.
    Rejected "rejected" [],
    /// Which of two responses is better.
    Winner "winner" ["preference", "preferred", "better", "verdict", "choice"],
    /// A reference answer.
    Reference "reference" ["reference_answer", "gold", "ideal", "expected", "musterantwort"],
    /// The language.
    Language "language" ["lang", "locale"],
    /// A path in the taxonomy.
    Topic "topic" ["node", "category", "taxonomy", "subject"],
    /// The maximum of points, a rubric of one item.
    Maximum "maximum" ["max_points", "points_possible", "out_of"],
    /// Words about a response.
    Critique "critique" ["judgment", "judgement", "comment"],
    /// Whether the critique blames or praises.
    Polarity "polarity" [],
    /// What a response should have been.
    Refinement "refinement" ["revision", "corrected", "edited", "improved", "rewrite"],
    /// A grade's label.
    Label "label" ["grade"],
    /// A grade's points.
    Points "points" ["score", "mark", "punkte", "puntos"],
    /// What the student reads with the grade.
    Feedback "feedback" [],
    /// Who said all this.
    Annotator "annotator" ["rater", "grader", "teacher", "reviewer"],
}

impl Role {
    /// Whether it says something about the prompt rather than about responses.
    pub(super) fn describes_the_prompt(self) -> bool {
        use Role::{Context, Id, Ignore, Language, Metadata, Prompt, Reference, System, Topic};
        matches!(
            self,
            Metadata | Ignore | Id | Prompt | System | Context | Reference | Language | Topic
        )
    }
}

/// `name_2` or `name b` is the plain name and the place 1.
fn numbered(name: &str) -> (String, Option<usize>) {
    let plain: String = name.trim().to_lowercase().replace([' ', '-', '.'], "_");
    if let Some((base, suffix)) = plain.rsplit_once('_') {
        let place = match suffix {
            "a" => Some(0),
            "b" => Some(1),
            digits => digits
                .parse()
                .ok()
                .filter(|n| (1..=99).contains(n))
                .map(|n: usize| n - 1),
        };
        if place.is_some() {
            return (base.to_owned(), place);
        }
    }
    let base = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    match plain[base.len()..].parse::<usize>() {
        Ok(n @ 1..=99) if Role::usual(base).is_some() => (base.to_owned(), Some(n - 1)),
        _ => (plain, None),
    }
}

pub(super) fn guess(names: &[String]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for name in names {
        let (plain, place) = numbered(name);
        let usual = Role::usual(&plain).unwrap_or(Role::Metadata);
        // two columns cannot both be the prompt: the first keeps the role
        let single = usual.describes_the_prompt() && usual != Role::Topic;
        let taken = columns.iter().any(|column| column.role == usual);
        let role = if taken && (single || place.is_none()) && usual != Role::Ignore {
            Role::Metadata
        } else {
            usual
        };
        columns.push(Column {
            name: name.clone(),
            role,
        });
    }
    columns
}

pub(super) fn check(columns: &[Column]) -> Vec<Invalid> {
    let count = |role| columns.iter().filter(|c| c.role == role).count();
    let mut wrong = Vec::new();
    for role in [
        Role::Prompt,
        Role::System,
        Role::Id,
        Role::Chosen,
        Role::Rejected,
        Role::Winner,
    ] {
        if count(role) > 1 {
            let sentence = format!("only one column can be the {}", role.name());
            wrong.push(Invalid::other("columns", sentence));
        }
    }
    if count(Role::Prompt) == 0 {
        wrong.push(Invalid::other(
            "columns",
            "choose the column that holds the prompt",
        ));
    }
    if count(Role::Chosen) != count(Role::Rejected) {
        wrong.push(Invalid::other(
            "columns",
            "chosen and rejected need each other",
        ));
    }
    if count(Role::Chosen) > 0 && count(Role::Response) > 0 {
        let sentence = "use chosen and rejected, or responses, but not both";
        wrong.push(Invalid::other("columns", sentence));
    }
    wrong
}

/// The columns of a role with their places.
pub(super) fn placed(columns: &[Column], role: Role) -> impl Iterator<Item = (usize, &Column)> {
    columns
        .iter()
        .filter(move |column| column.role == role)
        .enumerate()
        .map(|(ordinal, column)| (numbered(&column.name).1.unwrap_or(ordinal), column))
}

pub(super) fn read(fields: Map<String, Value>, plan: &Plan) -> Result<Example, Vec<Invalid>> {
    let mut row = Taking::new(fields);
    let columns = &plan.columns;
    let named = |role| placed(columns, role).map(|(_, column)| column.name.as_str());
    let first = |row: &mut Taking, role| named(role).find_map(|name| row.text(name));
    for name in named(Role::Ignore) {
        row.value(name);
    }
    let messages = prompt(&mut row, columns);
    let key = first(&mut row, Role::Id);
    let reference = first(&mut row, Role::Reference);
    let language = first(&mut row, Role::Language);
    let nodes = named(Role::Topic)
        .filter_map(|name| row.text(name))
        .collect();
    let criteria = named(Role::Maximum)
        .find_map(|name| row.real(name))
        .map(|points| CriterionPart {
            id: "all".into(),
            text: "Full marks".into(),
            points,
        });
    let responses = responses(&mut row, plan);
    let feedback = feedback::read(&mut row, plan, &responses);
    let metadata = row.rest();
    row.done(Example {
        prompt: PromptPart {
            key,
            messages,
            reference,
            language,
            metadata,
            nodes,
            criteria: criteria.into_iter().collect(),
        },
        responses: responses
            .into_iter()
            .map(|(_, response)| response)
            .collect(),
        feedback,
    })
}

fn prompt(row: &mut Taking, columns: &[Column]) -> Vec<Message> {
    let named = |role| placed(columns, role).map(|(_, column)| column.name.as_str());
    let Some(name) = named(Role::Prompt).next() else {
        row.wrong.push(Invalid::missing("prompt"));
        return Vec::new();
    };
    let before = row.wrong.len();
    let mut messages = row.conversation(name).unwrap_or_default();
    if messages.is_empty() && row.wrong.len() == before {
        row.wrong.push(Invalid::missing(name));
    }
    for name in named(Role::Context) {
        if let (Some(text), Some(last)) = (row.text(name), messages.last_mut()) {
            last.content = format!("{}\n\n{text}", last.content);
        }
    }
    for name in named(Role::System) {
        if let Some(content) = row.text(name) {
            let role = "system".to_owned();
            messages.insert(0, Message { role, content });
        }
    }
    messages
}

/// The row's responses, each with the place by which other columns speak of it.
pub(super) type Placed = Vec<(usize, ResponsePart)>;

fn responses(row: &mut Taking, plan: &Plan) -> Placed {
    let columns = &plan.columns;
    let mut texts: Vec<(usize, &str)> = placed(columns, Role::Response)
        .map(|(place, column)| (place, column.name.as_str()))
        .collect();
    for (place, role) in [Role::Chosen, Role::Rejected].into_iter().enumerate() {
        texts.extend(placed(columns, role).map(|(_, column)| (place, column.name.as_str())));
    }
    let several = texts.len() > 1;
    let mut names: Vec<(usize, String, SourceKind)> = Vec::new();
    for (role, kind) in [
        (Role::Student, SourceKind::Student),
        (Role::Source, plan.source_kind),
    ] {
        for (place, column) in placed(columns, role) {
            names.extend(row.text(&column.name).map(|name| (place, name, kind)));
        }
    }
    let chosen = columns.iter().any(|c| c.role == Role::Chosen);
    texts
        .into_iter()
        .filter_map(|(place, column)| {
            let value = row.value(column)?;
            let Some(text) = taking::as_text(&value) else {
                return row.refuse(column, "must be text");
            };
            let text = Some(text).filter(|text| !text.trim().is_empty())?;
            let own = names.iter().find(|(at, ..)| *at == place).or(names.first());
            let (source, source_kind) = match own {
                Some((_, name, kind)) => (name.clone(), *kind),
                None if several && !chosen => (column.to_owned(), plan.source_kind),
                None => (plan.source.clone(), plan.source_kind),
            };
            let response = ResponsePart {
                key: None,
                source,
                source_kind,
                text,
                metadata: json!({}),
            };
            Some((place, response))
        })
        .collect()
}
