//! Records of a table (CSV, or separated by semicolons or tabs); quoted fields may hold line breaks.

use super::rows::{MAX_ROW, Row, skip_byte_order_mark, too_long};
use crate::Invalid;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use serde_json::{Map, Value};
use std::io::{self, BufRead};

/// The most columns a table may have.
const MAX_COLUMNS: usize = 2000;

/// Where in a table the reading stands.
pub(super) struct Table {
    reader: Reader,
    columns: Vec<String>,
}

/// One record's fields, or that it is too long.
type Fields = Result<Vec<Vec<u8>>, Invalid>;

impl Table {
    pub(super) fn new(separator: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(separator).build(),
            columns: Vec::new(),
        }
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn next<R: BufRead>(
        &mut self,
        input: &mut R,
        line: &mut u64,
    ) -> io::Result<Option<Row>> {
        if self.columns.is_empty() {
            skip_byte_order_mark(input)?;
            match self.record(input, line)? {
                None => return Ok(None),
                Some((_, Ok(names))) => self.columns = distinct(&names),
                Some((start, Err(problem))) => {
                    // without its first line nothing of a table can be understood
                    self.columns = vec!["column 1".into()];
                    return Ok(Some((start, Err(problem))));
                }
            }
        }
        Ok(self
            .record(input, line)?
            .map(|(start, fields)| (start, fields.and_then(|fields| self.named(fields)))))
    }

    fn named(&self, fields: Vec<Vec<u8>>) -> Result<Map<String, Value>, Invalid> {
        if fields.len() > self.columns.len() {
            let (has, names) = (fields.len(), self.columns.len());
            let sentence = format!("has {has} fields where the first line names {names}");
            return Err(Invalid::other("row", sentence));
        }
        self.columns
            .iter()
            .zip(fields)
            .filter(|(_, bytes)| !bytes.is_empty())
            .map(|(name, bytes)| match String::from_utf8(bytes) {
                Ok(text) => Ok((name.clone(), Value::String(text))),
                Err(_) => Err(Invalid::other(name, "is not UTF-8 text")),
            })
            .collect()
    }

    fn record<R: BufRead>(
        &mut self,
        input: &mut R,
        line: &mut u64,
    ) -> io::Result<Option<(u64, Fields)>> {
        // blank lines are skipped here so that a record's line is the one on which it begins
        while let Some(&byte @ (b'\n' | b'\r')) = input.fill_buf()?.first() {
            *line += u64::from(byte == b'\n');
            input.consume(1);
        }
        let start = *line + 1;
        let (mut text, mut ends) = (vec![0; 4096], vec![0; 64]);
        let (mut written, mut ended, mut too_big) = (0, 0, false);
        loop {
            let chunk = input.fill_buf()?;
            let at_end = chunk.is_empty();
            let (result, read, wrote, fields) =
                self.reader
                    .read_record(chunk, &mut text[written..], &mut ends[ended..]);
            *line += chunk[..read]
                .iter()
                .map(|&b| u64::from(b == b'\n'))
                .sum::<u64>();
            input.consume(read);
            written += wrote;
            ended += fields;
            match result {
                ReadRecordResult::InputEmpty if at_end => return Ok(None),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if text.len() >= MAX_ROW => {
                    // read on to the record's end without keeping it
                    (written, too_big) = (0, true);
                }
                ReadRecordResult::OutputFull => text.resize(text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if ends.len() >= MAX_COLUMNS => {
                    (ended, too_big) = (0, true);
                }
                ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
                ReadRecordResult::Record if too_big => return Ok(Some((start, Err(too_long())))),
                ReadRecordResult::Record => {
                    let mut from = 0;
                    let fields = ends[..ended].iter().map(|&end| {
                        let field = text[from..end].to_vec();
                        from = end;
                        field
                    });
                    return Ok(Some((start, Ok(fields.collect()))));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }
}

/// Column names as text, each once: a repeated or missing one gets its place.
fn distinct(names: &[Vec<u8>]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let name = String::from_utf8_lossy(name).trim().replace('\0', "");
        let mut unique = if name.is_empty() {
            format!("column {}", n + 1)
        } else {
            name
        };
        while columns.contains(&unique) {
            unique = format!("{unique} {}", n + 1);
        }
        columns.push(unique);
    }
    columns
}
