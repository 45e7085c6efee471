//! Paths: names from the root down, joined by `/`. A `/` or `\` inside a name is written `\/` or `\\`, so that a
//! path says one thing only; a `\` before anything else stands for itself.

/// The path of these names.
pub fn join<S: AsRef<str>>(names: &[S]) -> String {
    let mut path = String::new();
    for (place, name) in names.iter().enumerate() {
        if place > 0 {
            path.push('/');
        }
        push(&mut path, name.as_ref());
    }
    path
}

/// The path of a node with this name below `parent`, which is a path itself.
pub fn below(parent: Option<&str>, name: &str) -> String {
    let mut path = parent.map_or_else(String::new, |parent| format!("{parent}/"));
    push(&mut path, name);
    path
}

fn push(path: &mut String, name: &str) {
    for c in name.chars() {
        if matches!(c, '/' | '\\') {
            path.push('\\');
        }
        path.push(c);
    }
}

/// The names of a path, trimmed; empty ones are left out.
pub fn split(path: &str) -> Vec<String> {
    let (mut names, mut name) = (Vec::new(), String::new());
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' => names.push(std::mem::take(&mut name)),
            '\\' => {
                let escaped = chars.next_if(|next| matches!(next, '/' | '\\'));
                name.push(escaped.unwrap_or('\\'));
            }
            c => name.push(c),
        }
    }
    names.push(name);
    let names = names.iter().map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{below, join, split};
    use proptest::prelude::*;

    #[test]
    fn slashes_inside_names_are_kept() {
        let names = ["coding", "Front-end", "UI/UX Design"];
        assert_eq!(join(&names), r"coding/Front-end/UI\/UX Design");
        assert_eq!(split(&join(&names)), names);
        assert_eq!(below(Some("coding"), "UI/UX"), r"coding/UI\/UX");
        assert_eq!(split(" Writing / Email //"), ["Writing", "Email"]);
        assert_eq!(split(r"a\b"), [r"a\b"]);
        assert!(split("/").is_empty());
    }

    proptest! {
        #[test]
        fn a_path_says_its_names(names in proptest::collection::vec(r"[a-z/\\]([ a-z/\\]{0,5}[a-z/\\])?", 0..5)) {
            prop_assert_eq!(split(&join(&names)), names);
        }
    }
}
