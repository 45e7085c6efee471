//! How an answer looks: its length and its Markdown, counted as the Arena's published code counts them.

/// Counts of one answer. Headers, lists and bold are counted outside fenced code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Characters. (The Arena counts tokens; where a tokenizer is at hand, put its count here.)
    pub length: usize,
    /// Lines that begin with one to six `#` and white space.
    pub headers: usize,
    /// Lines that begin with `1.`, `-`, `*` or `+` and white space, indented or not.
    pub lists: usize,
    /// Pieces between `**` or `__` within a line.
    pub bold: usize,
}

impl Style {
    /// Counts an answer.
    pub fn of(answer: &str) -> Self {
        let prose = without_code(answer);
        let count =
            |of: fn(&str) -> bool| prose.split_inclusive('\n').filter(|line| of(line)).count();
        Self {
            length: answer.chars().count(),
            headers: count(header),
            lists: count(list),
            bold: prose
                .lines()
                .map(|line| bold(line, '*') + bold(line, '_'))
                .sum(),
        }
    }

    /// By how much the first answer has more of each, between −1 and 1: (a − b) / (a + b + 1), of length, headers, lists
    /// and bold.
    pub fn difference(first: &Self, second: &Self) -> [f64; 4] {
        let counts = |style: &Self| [style.length, style.headers, style.lists, style.bold];
        let (first, second) = (counts(first), counts(second));
        std::array::from_fn(|k| {
            let (a, b) = (first[k] as f64, second[k] as f64);
            (a - b) / (a + b + 1.0)
        })
    }
}

/// Without what stands between two fences of three back-ticks and has no back-tick in it.
fn without_code(text: &str) -> String {
    let mut rest = text;
    let mut prose = String::with_capacity(text.len());
    while let Some(open) = rest.find("```") {
        let inside = &rest[open + 3..];
        let end = inside
            .find('`')
            .filter(|&end| inside[end..].starts_with("```"));
        match end {
            Some(end) => {
                prose.push_str(&rest[..open]);
                rest = &inside[end + 3..];
            }
            // like a regular expression's search, which goes on one character further
            None => {
                prose.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    prose.push_str(rest);
    prose
}

fn header(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    let marks = line.len() - rest.len();
    (1..=6).contains(&marks) && rest.starts_with(char::is_whitespace)
}

fn list(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let marked = match digits.len() < line.len() {
        true => digits.strip_prefix('.'),
        false => line.strip_prefix(['-', '*', '+']),
    };
    marked.is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// Pieces between two pairs of the mark, with something other than the mark between.
fn bold(line: &str, mark: char) -> usize {
    let pair: String = [mark, mark].iter().collect();
    let mut rest = line;
    let mut found = 0;
    while let Some(open) = rest.find(&pair) {
        let inside = &rest[open + 2..];
        match inside.find(mark) {
            Some(end) if end > 0 && inside[end..].starts_with(&pair) => {
                found += 1;
                rest = &inside[end + 2..];
            }
            _ => rest = &rest[open + 1..],
        }
    }
    found
}
