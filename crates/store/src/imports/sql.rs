//! Many rows in one statement, with the same text on both databases.

use crate::Result;
use sqlx::any::AnyArguments;
use sqlx::{Any, AnyConnection, AssertSqlSafe, query::Query};
use std::fmt::Write;

/// A statement with its values being bound.
pub(crate) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Values in one statement: under SQLite's limit of 32,766 by far, and few distinct statements.
const ROWS: usize = 100;

/// Inserts rows a hundred at a time; how many were new. `head` ends before `VALUES`; `tail` follows it.
pub(crate) async fn insert<R>(
    connection: &mut AnyConnection,
    head: &str,
    columns: usize,
    tail: &str,
    rows: &[R],
    bind: impl for<'q> Fn(Statement<'q>, &'q R) -> Statement<'q>,
) -> Result<u64> {
    let mut written = 0;
    for chunk in rows.chunks(ROWS) {
        let mut text = format!("{head} VALUES ");
        for row in 0..chunk.len() {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 1..=columns {
                let comma = if column == 1 { "" } else { ", " };
                let _ = write!(text, "{comma}${}", row * columns + column);
            }
            text.push(')');
        }
        let _ = write!(text, " {tail}");
        let mut statement = sqlx::query(AssertSqlSafe(text));
        for row in chunk {
            statement = bind(statement, row);
        }
        written += statement.execute(&mut *connection).await?.rows_affected();
    }
    Ok(written)
}

/// Rows whose column is one of `values`: `select` has `{}` where the list of places goes; `first` is `$1`.
/// Where no index begins with the project, ask `project || '' = $1`: SQLite would rather walk a whole project
/// than look up five hundred keys.
pub(crate) async fn select_in(
    connection: &mut AnyConnection,
    select: &str,
    first: &str,
    values: &[String],
) -> Result<Vec<sqlx::any::AnyRow>> {
    let mut found = Vec::new();
    for chunk in values.chunks(ROWS * 5) {
        let statement = listed(select, first, chunk);
        found.extend(statement.fetch_all(&mut *connection).await?);
    }
    Ok(found)
}

/// Changes the rows whose column is one of `values`; the text as for [`select_in`].
pub(crate) async fn update_in(
    connection: &mut AnyConnection,
    update: &str,
    first: &str,
    values: &[String],
) -> Result<()> {
    for chunk in values.chunks(ROWS * 5) {
        listed(update, first, chunk)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The lists have a few sizes only, filled up with repeats: few statements to prepare.
fn listed<'q>(text: &str, first: &'q str, values: &'q [String]) -> Statement<'q> {
    let size = values.len().next_multiple_of(ROWS);
    let mut places = String::new();
    for place in 0..size {
        let comma = if place == 0 { "" } else { ", " };
        let _ = write!(places, "{comma}${}", place + 2);
    }
    let mut statement = sqlx::query(AssertSqlSafe(text.replace("{}", &places))).bind(first);
    for value in values
        .iter()
        .chain(std::iter::repeat(&values[values.len() - 1]))
        .take(size)
    {
        statement = statement.bind(value);
    }
    statement
}
