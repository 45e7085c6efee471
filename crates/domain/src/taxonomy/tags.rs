//! Type tags that came with prompts: new names for the tree.

use super::Name;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where files keep them: Feedbacker's `meta_data.type_tags`, lists by basis, and plain lists.
const FIELDS: [&str; 3] = ["type_tags", "tags", "tag"];
const INSIDE: [&str; 2] = ["meta_data", "metadata"];

/// The tags in prompts' metadata, each once whatever its capitals, with how many prompts have it, the most frequent
/// first.
pub fn tags<'a>(metadata: impl IntoIterator<Item = &'a Value>) -> Vec<(Name, usize)> {
    let mut counted: BTreeMap<String, (Name, usize)> = BTreeMap::new();
    for one in metadata {
        let mut own: BTreeMap<String, Name> = BTreeMap::new();
        let inside = INSIDE.iter().map(|name| &one[name]);
        for object in std::iter::once(one).chain(inside) {
            for name in FIELDS {
                collect(&object[name], &mut own);
            }
        }
        for (folded, name) in own {
            counted.entry(folded).or_insert((name, 0)).1 += 1;
        }
    }
    let mut tags: Vec<(Name, usize)> = counted.into_values().collect();
    tags.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    tags
}

fn collect(value: &Value, found: &mut BTreeMap<String, Name>) {
    match value {
        Value::String(text) => {
            if let Ok(name) = Name::parse(text) {
                found.entry(name.folded()).or_insert(name);
            }
        }
        Value::Array(values) => values.iter().for_each(|it| collect(it, found)),
        Value::Object(fields) => fields.values().for_each(|it| collect(it, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_are_counted_by_prompt() {
        let all = [
            json!({"meta_data": {"type_tags": {"task": ["Email", "email"], "style": ["Formal"]}}}),
            json!({"tags": ["EMAIL", " ", 7]}),
            json!({"topic": "Poem"}),
        ];
        let found = tags(&all);
        let found: Vec<_> = found.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        assert_eq!(found, [("Email", 2), ("Formal", 1)]);
    }
}
