//! A tree as files have it: names and which stands below which, without identifiers.
//!
//! Read from nested JSON objects (as Feedbacker publishes its tree) or from a list of paths, one a line, also the
//! first column of a CSV file; written the same. **Every problem is named with its place.**

use super::{Name, path};
use crate::Invalid;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::collections::HashMap;
use std::fmt;

/// The most nodes that one file may bring.
pub const MOST: usize = 20_000;

/// Names in order, parents before their children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline(Vec<Entry>);

/// One name of an outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The entry above, by its number, which is smaller than this one's.
    pub parent: Option<usize>,
    /// What it is called.
    pub name: Name,
}

/// How many nodes there are, counted in the ways in which papers count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All, roots included.
    pub nodes: usize,
    /// Those without children.
    pub leaves: usize,
    /// Levels from a root to the deepest node, both counted.
    pub levels: usize,
}

impl Outline {
    /// Reads JSON if it begins like it, else a list of paths.
    pub fn parse(text: &str) -> Result<Self, Vec<Invalid>> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with('{') {
            Self::json(text)
        } else {
            Self::paths(text)
        }
    }

    /// From nested objects: a key is a name, its value an object of what stands below, `{}` or `null` for nothing.
    pub fn json(text: &str) -> Result<Self, Vec<Invalid>> {
        let top: Object = serde_json::from_str(text)
            .map_err(|e| vec![Invalid::other(place(e.line()), json_words(&e))])?;
        let mut reading = Reading::default();
        reading.object(top, None, "");
        reading.end()
    }

    /// From paths, one a line, names separated by `/` (`\/` for a slash inside a name); of a line of CSV the first
    /// cell counts. Parents need not be named. A first line that says `path` is a heading.
    pub fn paths(text: &str) -> Result<Self, Vec<Invalid>> {
        let mut reading = Reading::default();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let cell = first_cell(line);
            if cell.trim().is_empty() || (number == 0 && cell.trim().eq_ignore_ascii_case("path")) {
                continue;
            }
            let names = path::split(&cell);
            let mut parent = None;
            for depth in 1..=names.len() {
                let key = path::join(&names[..depth]).to_lowercase();
                parent = match known.get(&key) {
                    Some(&there) => Some(there),
                    None => reading
                        .push(parent, &names[depth - 1], &place(number + 1))
                        .inspect(|&entry| {
                            known.insert(key, entry);
                        }),
                };
                if parent.is_none() {
                    break;
                }
            }
        }
        reading.end()
    }

    /// The entries, parents before their children.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The same below a name of its own.
    #[must_use]
    pub fn under(self, name: Name) -> Self {
        let mut outline = Self(vec![Entry { parent: None, name }]);
        for entry in self.0 {
            let parent = Some(entry.parent.map_or(0, |parent| parent + 1));
            outline.0.push(Entry { parent, ..entry });
        }
        outline
    }

    /// Adds an entry below one that is there.
    pub(super) fn push(&mut self, parent: Option<usize>, name: Name) -> usize {
        self.0.push(Entry { parent, name });
        self.0.len() - 1
    }

    /// How many there are.
    pub fn count(&self) -> Count {
        let (mut inner, mut depth) = (vec![false; self.0.len()], vec![1; self.0.len()]);
        for (place, entry) in self.0.iter().enumerate() {
            if let Some(parent) = entry.parent {
                inner[parent] = true;
                depth[place] = depth[parent] + 1;
            }
        }
        Count {
            nodes: self.0.len(),
            leaves: inner.iter().filter(|inner| !**inner).count(),
            levels: depth.into_iter().max().unwrap_or(0),
        }
    }

    /// The path of every entry, in order.
    pub fn to_paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::with_capacity(self.0.len());
        for entry in &self.0 {
            let above = entry.parent.map(|parent| paths[parent].as_str());
            paths.push(path::below(above, entry.name.as_str()));
        }
        paths
    }

    /// Nested objects, in order, indented by four spaces.
    pub fn to_json(&self) -> String {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.0.len()];
        let mut roots = Vec::new();
        for (place, entry) in self.0.iter().enumerate() {
            entry
                .parent
                .map_or(&mut roots, |parent| &mut children[parent])
                .push(place);
        }
        let mut text = String::new();
        self.write(&roots, &children, 0, &mut text);
        text.push('\n');
        text
    }

    fn write(&self, level: &[usize], children: &[Vec<usize>], depth: usize, text: &mut String) {
        if level.is_empty() {
            text.push_str("{}");
            return;
        }
        text.push('{');
        for (nth, &entry) in level.iter().enumerate() {
            text.push_str(if nth == 0 { "\n" } else { ",\n" });
            text.push_str(&"    ".repeat(depth + 1));
            let name = serde_json::to_string(self.0[entry].name.as_str());
            text.push_str(&name.expect("a string is JSON"));
            text.push_str(": ");
            self.write(&children[entry], children, depth + 1, text);
        }
        text.push('\n');
        text.push_str(&"    ".repeat(depth));
        text.push('}');
    }
}

#[derive(Default)]
struct Reading {
    outline: Outline,
    problems: Vec<Invalid>,
    siblings: HashMap<(Option<usize>, String), usize>,
}

impl Reading {
    fn object(&mut self, object: Object, parent: Option<usize>, above: &str) {
        for (name, below) in object.0 {
            let here = path::below((!above.is_empty()).then_some(above), &name);
            if let Some(entry) = self.push(parent, &name, &here) {
                self.object(below, Some(entry), &here);
            }
        }
    }

    fn push(&mut self, parent: Option<usize>, name: &str, place: &str) -> Option<usize> {
        let name = match Name::parse(name) {
            Ok(name) => name,
            Err(problem) => {
                self.problems.push(Invalid::new(place, problem));
                return None;
            }
        };
        let key = (parent, name.folded());
        if self.siblings.contains_key(&key) {
            let sentence = "stands twice below the same node, if one does not heed capitals";
            self.problems.push(Invalid::other(place, sentence));
            return None;
        }
        let entry = self.outline.push(parent, name);
        self.siblings.insert(key, entry);
        Some(entry)
    }

    fn end(mut self) -> Result<Outline, Vec<Invalid>> {
        if self.problems.is_empty() && self.outline.0.is_empty() {
            self.problems
                .push(Invalid::other("the file", "has no name in it"));
        }
        if self.outline.0.len() > MOST {
            let words = format!("has more than {MOST} nodes");
            self.problems.push(Invalid::other("the file", words));
        }
        if self.problems.is_empty() {
            Ok(self.outline)
        } else {
            Err(self.problems)
        }
    }
}

fn place(line: usize) -> String {
    format!("line {line}")
}

fn json_words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words
        .rsplit_once(" at line")
        .map_or(words.clone(), |(words, _)| words.to_owned())
}

/// A name in quotes may hold commas; quotes inside it are doubled.
fn first_cell(line: &str) -> String {
    let line = line.trim();
    let Some(rest) = line.strip_prefix('"') else {
        return line
            .split([',', ';', '\t'])
            .next()
            .unwrap_or_default()
            .to_owned();
    };
    let mut cell = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '"' && chars.next_if_eq(&'"').is_none() {
            break;
        }
        cell.push(c);
    }
    cell
}

/// An object with its keys in order, repeated ones kept: `serde_json`'s own map would drop them silently.
struct Object(Vec<(String, Object)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Nested)
    }
}

struct Nested;

impl<'de> Visitor<'de> for Nested {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of names, {} for none")
    }
    fn visit_unit<E: Error>(self) -> Result<Object, E> {
        Ok(Object(Vec::new()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(result: Result<Outline, Vec<Invalid>>) -> Vec<String> {
        let problems = result.expect_err("should be refused");
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn json_keeps_its_order_and_comes_back() {
        let text = r#"{"writing": {"Email": {}, "Contract/Agreement": null}, "coding": {"Rust": {"Async": {}}}}"#;
        let outline = Outline::parse(text).unwrap();
        let paths = [
            "writing",
            "writing/Email",
            r"writing/Contract\/Agreement",
            "coding",
            "coding/Rust",
            "coding/Rust/Async",
        ];
        assert_eq!(outline.to_paths(), paths);
        assert_eq!(
            outline.count(),
            Count {
                nodes: 6,
                leaves: 3,
                levels: 3
            }
        );
        assert_eq!(Outline::parse(&outline.to_json()), Ok(outline.clone()));
        assert_eq!(
            Outline::parse(&outline.to_paths().join("\n")),
            Ok(outline.clone())
        );
        let under = outline.under(Name::parse("Topics").unwrap()).to_paths();
        assert_eq!((under.len(), under[5].as_str()), (7, "Topics/coding/Rust"));
    }

    #[test]
    fn paths_name_parents_on_the_way_and_csv_is_read() {
        let text =
            "path,prompts\r\nWriting/Email,3\r\n\"Writing/Letters, long\",1\nwriting/Email\n\n";
        let outline = Outline::parse(text).unwrap();
        assert_eq!(
            outline.to_paths(),
            ["Writing", "Writing/Email", "Writing/Letters, long"]
        );
    }

    #[test]
    fn problems_say_where_and_why() {
        assert_eq!(
            words(Outline::parse("{\"a\": {}, \n \"b\": 3}")),
            ["line 2: invalid type: integer `3`, expected an object of names, {} for none"]
        );
        assert_eq!(
            words(Outline::parse(r#"{"a": {"x": {}, "X": {}, " ": {}}}"#)),
            [
                "a/X: stands twice below the same node, if one does not heed capitals",
                "a/ : is needed"
            ]
        );
        assert_eq!(
            words(Outline::parse("ok\na/\u{7}b")),
            ["line 2: has a control character"]
        );
        assert_eq!(
            words(Outline::parse("  \n")),
            ["the file: has no name in it"]
        );
        assert!(words(Outline::parse("{\"a\": ")).len() == 1);
    }
}
