//! Full-text search over prompts, responses and what people wrote.
//!
//! The two databases' own engines differ (FTS5, tsvector), and SQL is written once here, so the index is a
//! plain table of our own. A row holds, for one block of prompts, all words that begin with the same four
//! characters, each with the numbers of its prompts: few rows, found by equality (no collation matters).
//! **Rows are only added**; flags on prompts and annotations say what is not in yet, and whoever searches
//! brings it in first, so that nothing that writes has to know of the index.

use crate::error::from_json;
use crate::{Result, Store};
use domain::ids::ProjectId;
use domain::prompt::{Message, plain_text};
use domain::search::{means, prefix, words};
use serde_json::Value;
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

/// Prompts, and annotations, that one transaction brings into the index.
const BLOCK: i64 = 1000;

/// Words by their beginning, then by themselves, with prompt numbers.
type Postings = BTreeMap<String, BTreeMap<String, BTreeSet<i64>>>;

fn note(postings: &mut Postings, number: i64, text: &str) {
    for word in words(text) {
        let file = prefix(&word).to_owned();
        postings
            .entry(file)
            .or_default()
            .entry(word)
            .or_default()
            .insert(number);
    }
}

/// Every text that a payload holds, whatever its kind.
fn texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("text" | "reason" | "feedback" | "note", Value::String(text)) => {
                        out.push(text.clone());
                    }
                    // quotes are parts of responses, which are in already
                    ("quote", _) => {}
                    _ => texts(value, out),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        _ => {}
    }
}

impl Store {
    /// Brings a block of what is not indexed yet into the index; `false` when nothing was left.
    pub async fn index_some(&self, project: &ProjectId) -> Result<bool> {
        // on most searches nothing is new: found out without the write lock
        let waiting = sqlx::query(
            "SELECT 1 AS one FROM prompt WHERE project = $1 AND indexed = 0 \
             UNION ALL SELECT 1 AS one FROM annotation WHERE project = $1 AND indexed = 0 LIMIT 1",
        )
        .bind(project.as_str())
        .fetch_optional(&self.read)
        .await?;
        if waiting.is_none() {
            return Ok(false);
        }
        let mut postings = Postings::new();
        let mut transaction = self.begin().await?;
        // the flags first: on PostgreSQL this locks the prompts, so that no response can slip in between
        let prompts = sqlx::query(
            "UPDATE prompt SET indexed = 1 WHERE id IN \
                (SELECT id FROM prompt WHERE project = $1 AND indexed = 0 LIMIT $2) RETURNING id, number, messages",
        )
        .bind(project.as_str())
        .bind(BLOCK)
        .fetch_all(&mut *transaction)
        .await?;
        for row in &prompts {
            let id: String = row.try_get("id")?;
            let number: i64 = row.try_get("number")?;
            let messages: Vec<Message> =
                from_json(row.try_get("messages")?, "prompt", "messages", &id)?;
            note(&mut postings, number, &plain_text(&messages));
            for row in sqlx::query("SELECT text FROM response WHERE prompt = $1")
                .bind(&id)
                .fetch_all(&mut *transaction)
                .await?
            {
                note(&mut postings, number, row.try_get("text")?);
            }
        }
        let said = sqlx::query(
            "UPDATE annotation SET indexed = 1 WHERE id IN \
                (SELECT id FROM annotation WHERE project = $1 AND indexed = 0 LIMIT $2) RETURNING id, prompt, payload",
        )
        .bind(project.as_str())
        .bind(BLOCK)
        .fetch_all(&mut *transaction)
        .await?;
        let mut numbers: HashMap<String, i64> = HashMap::new();
        for row in &said {
            let (id, prompt): (String, String) = (row.try_get("id")?, row.try_get("prompt")?);
            let payload: Value = from_json(row.try_get("payload")?, "annotation", "payload", &id)?;
            let mut found = Vec::new();
            texts(&payload, &mut found);
            if found.iter().all(|text| text.trim().is_empty()) {
                continue;
            }
            let number = match numbers.get(&prompt) {
                Some(number) => *number,
                None => sqlx::query("SELECT number FROM prompt WHERE id = $1")
                    .bind(&prompt)
                    .fetch_one(&mut *transaction)
                    .await?
                    .try_get("number")?,
            };
            numbers.insert(prompt, number);
            for text in found {
                note(&mut postings, number, &text);
            }
        }
        for (prefix, words) in postings {
            sqlx::query("INSERT INTO posting (project, prefix, words) VALUES ($1, $2, $3)")
                .bind(project.as_str())
                .bind(prefix)
                .bind(written(&words))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// The numbers of the prompts that hold all of the query's words, ascending. `None` when the query
    /// has no words: everything matches.
    pub async fn search(&self, project: &ProjectId, query: &str) -> Result<Option<Vec<i64>>> {
        let mut wanted = words(query);
        if wanted.is_empty() {
            return Ok(None);
        }
        // what the queue wrote since the last search; an import indexes its own
        for _ in 0..3 {
            if !self.index_some(project).await? {
                break;
            }
        }
        wanted.sort();
        wanted.dedup();
        let mut left: Option<BTreeSet<i64>> = None;
        for word in wanted {
            let rows = sqlx::query("SELECT words FROM posting WHERE project = $1 AND prefix = $2")
                .bind(project.as_str())
                .bind(prefix(&word))
                .fetch_all(&self.read)
                .await?;
            let mut found = Vec::new();
            for row in &rows {
                read(row.try_get("words")?, &word, &mut found);
            }
            let found: BTreeSet<i64> = found.into_iter().collect();
            left = Some(match left {
                None => found,
                Some(before) => before.intersection(&found).copied().collect(),
            });
        }
        Ok(left.map(|numbers| numbers.into_iter().collect()))
    }
}

/// A line a word: the word, then its prompts' numbers, each as the distance from the one before.
fn written(words: &BTreeMap<String, BTreeSet<i64>>) -> String {
    let mut text = String::new();
    for (word, numbers) in words {
        text.push_str(word);
        let mut before = 0;
        for number in numbers {
            let _ = write!(text, " {}", number - before);
            before = *number;
        }
        text.push('\n');
    }
    text
}

/// The prompts' numbers of the words that `query` means.
fn read(text: &str, query: &str, out: &mut Vec<i64>) {
    for line in text.lines() {
        let Some((word, numbers)) = line.split_once(' ') else {
            continue;
        };
        if means(query, word) {
            let mut number = 0;
            for distance in numbers.split(' ') {
                number += distance.parse().unwrap_or(0);
                out.push(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_read_back_and_beginnings_match() {
        let mut postings = Postings::new();
        note(&mut postings, 3, "Interval training, intervals!");
        note(&mut postings, 7, "an interval");
        let text = written(&postings["inte"]);
        let of = |query: &str| {
            let mut found = Vec::new();
            read(&text, query, &mut found);
            found
        };
        assert_eq!(of("interval"), [3, 7, 3]);
        assert_eq!(of("intervals"), [3]);
        assert!(of("interview").is_empty());
    }
}
