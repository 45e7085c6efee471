//! Rows of a file, one at a time: lines of JSON, elements of a JSON array, or records of a table.

use super::{plan::Layout, table::Table};
use crate::{Invalid, Problem};
use serde_json::{Map, Value};
use std::io::{self, BufRead};

/// The most bytes one row may have; a longer one is a problem of that row only.
pub const MAX_ROW: usize = 4 << 20;

/// The line on which a row begins (from 1), and its fields by name.
pub type Row = (u64, Result<Map<String, Value>, Invalid>);

/// The rows of a file.
pub struct Rows<R> {
    input: R,
    /// Lines consumed so far.
    line: u64,
    done: bool,
    layout: State,
}

enum State {
    Lines,
    Array { opened: bool },
    Table(Box<Table>),
}

impl<R: BufRead> Rows<R> {
    /// The rows from here on.
    pub fn new(input: R, layout: Layout) -> Self {
        Self {
            input,
            line: 0,
            done: false,
            layout: match layout {
                Layout::Lines => State::Lines,
                Layout::Array => State::Array { opened: false },
                Layout::Table(separator) => State::Table(Box::new(Table::new(separator))),
            },
        }
    }

    /// The columns of a table, once a row was read.
    pub fn columns(&self) -> &[String] {
        match &self.layout {
            State::Table(table) => table.columns(),
            State::Lines | State::Array { .. } => &[],
        }
    }

    fn read(&mut self) -> io::Result<Option<Row>> {
        match &mut self.layout {
            State::Lines => next_line(&mut self.input, &mut self.line),
            State::Array { opened } => next_element(&mut self.input, &mut self.line, opened),
            State::Table(table) => table.next(&mut self.input, &mut self.line),
        }
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.done {
            return None;
        }
        let row = self.read().unwrap_or_else(|cause| {
            self.done = true;
            let problem = Invalid::other("file", format!("cannot be read further: {cause}"));
            Some((self.line + 1, Err(problem)))
        });
        self.done |= row.is_none();
        row.map(|(line, fields)| (line, fields.and_then(without_nul)))
    }
}

pub(super) fn too_long() -> Invalid {
    let megabytes = MAX_ROW >> 20;
    Invalid::other("row", format!("is longer than {megabytes} MB"))
}

/// An object out of one row's bytes.
fn object(bytes: &[u8]) -> Result<Map<String, Value>, Invalid> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Invalid::other("row", "is not an object with named fields")),
        Err(cause) => {
            let kind = if cause.is_eof() {
                "ends in the middle of its JSON"
            } else {
                "is not JSON"
            };
            Err(Invalid::other("row", format!("{kind} ({cause})")))
        }
    }
}

/// Postgres cannot hold the character NUL in a text, and no text needs it.
fn without_nul(fields: Map<String, Value>) -> Result<Map<String, Value>, Invalid> {
    fn holds(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(holds),
            Value::Object(map) => map.iter().any(|(k, v)| k.contains('\0') || holds(v)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    match fields.iter().find(|(k, v)| k.contains('\0') || holds(v)) {
        None => Ok(fields),
        Some((name, _)) => Err(Invalid::new(
            name.replace('\0', "␀"),
            Problem::Other("holds the character NUL".into()),
        )),
    }
}

pub(super) fn skip_byte_order_mark<R: BufRead>(input: &mut R) -> io::Result<()> {
    if input.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
        input.consume(3);
    }
    Ok(())
}

fn next_line<R: BufRead>(input: &mut R, line: &mut u64) -> io::Result<Option<Row>> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if *line == 0 {
            skip_byte_order_mark(input)?;
        }
        let most = MAX_ROW as u64 + 1;
        let read = io::Read::take(&mut *input, most).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        *line += 1;
        if bytes.len() > MAX_ROW {
            while !bytes.ends_with(b"\n") {
                bytes.clear();
                if io::Read::take(&mut *input, most).read_until(b'\n', &mut bytes)? == 0 {
                    break;
                }
            }
            return Ok(Some((*line, Err(too_long()))));
        }
        if !bytes.trim_ascii().is_empty() {
            return Ok(Some((*line, object(bytes.trim_ascii()))));
        }
    }
}

/// The next element of an array, or of objects written one after another.
fn next_element<R: BufRead>(
    input: &mut R,
    line: &mut u64,
    opened: &mut bool,
) -> io::Result<Option<Row>> {
    if *line == 0 && !*opened {
        skip_byte_order_mark(input)?;
    }
    // to the element's first byte
    loop {
        let Some(&byte) = input.fill_buf()?.first() else {
            return Ok(None);
        };
        match byte {
            b'\n' => *line += 1,
            b'[' if !*opened => *opened = true,
            b' ' | b'\t' | b'\r' | b',' | b']' => {}
            _ => break,
        }
        input.consume(1);
    }
    *opened = true;
    let start = *line + 1;
    let mut element = Element::default();
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        let (used, ended) = element.take(chunk, line);
        input.consume(used);
        if ended {
            break;
        }
    }
    let row = if element.too_long {
        Err(too_long())
    } else {
        object(&element.bytes)
    };
    Ok(Some((start, row)))
}

/// The bytes of one element and where in it the scan stands.
#[derive(Default)]
struct Element {
    bytes: Vec<u8>,
    too_long: bool,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Element {
    /// Takes what belongs to the element: how many bytes were used, and whether it ended.
    fn take(&mut self, chunk: &[u8], line: &mut u64) -> (usize, bool) {
        for (at, &byte) in chunk.iter().enumerate() {
            if byte == b'\n' {
                *line += 1;
            }
            let ends = if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                false
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                // an object ends with its brace; a stray scalar at the next comma or line
                self.depth == 0 && matches!(byte, b'}' | b']' | b',' | b'\n')
            };
            if ends {
                let last = usize::from(byte == b'}');
                self.keep(&chunk[..at + last]);
                return (at + 1, true);
            }
        }
        self.keep(chunk);
        (chunk.len(), false)
    }

    fn keep(&mut self, part: &[u8]) {
        if self.bytes.len() + part.len() > MAX_ROW {
            self.too_long = true;
            self.bytes = Vec::new();
        } else if !self.too_long {
            self.bytes.extend_from_slice(part);
        }
    }
}
