//! Lines of CSV. **Spreadsheets run cells**: text that begins like a formula gets an apostrophe.

/// One cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// What somebody wrote.
    Text(String),
    /// What we computed; nothing when it does not exist.
    Number(Option<f64>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        Self::Number(number)
    }
}
impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Number(Some(number as f64))
    }
}

/// One line, with its line end.
pub fn line(cells: &[Cell]) -> String {
    let cells: Vec<String> = cells.iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

fn cell(cell: &Cell) -> String {
    let text = match cell {
        Cell::Number(number) => return number.map(|n| n.to_string()).unwrap_or_default(),
        Cell::Text(text) => text,
    };
    let dangerous =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let safe = if dangerous {
        format!("'{text}")
    } else {
        text.clone()
    };
    if safe.contains([',', '"', '\n', '\r', ';']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, line};

    #[test]
    fn formulas_become_text_and_quotes_are_doubled() {
        let cells = ["=1+1", "a,b", "say \"so\"", "two\nlines", "-3", ""].map(Cell::from);
        assert_eq!(
            line(&cells),
            "'=1+1,\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",'-3,\r\n"
        );
        assert_eq!(
            line(&[Cell::from(Some(-0.5)), Cell::Number(None)]),
            "-0.5,\r\n"
        );
    }
}
