//! An answer as it comes: server-sent events, `data: {…}` a piece, `data: [DONE]` at the end.

use super::{Problem, problem};
use reqwest::Response;
use serde_json::Value;

/// The most bytes one line may have.
const MAX_LINE: usize = 1024 * 1024;

/// The pieces of an answer.
#[derive(Debug)]
pub struct Words {
    response: Response,
    lines: Lines,
    finish: String,
    over: bool,
}

/// One thing that a line of the stream said.
#[derive(Debug, PartialEq)]
enum Said {
    Piece(String),
    Finish(String),
    Problem(String),
    Done,
}

impl Words {
    pub(super) fn new(response: Response) -> Self {
        Self {
            response,
            lines: Lines::default(),
            finish: String::new(),
            over: false,
        }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the stream breaks off or says that something went wrong.
    pub async fn next(&mut self) -> Result<Option<String>, Problem> {
        loop {
            while let Some(line) = self.lines.take() {
                for said in said(&line) {
                    match said {
                        Said::Piece(text) => return Ok(Some(text)),
                        Said::Finish(reason) => self.finish = reason,
                        Said::Done => self.over = true,
                        Said::Problem(said) => {
                            let (status, own) = (200, false);
                            return Err(Problem::Refused { status, said, own });
                        }
                    }
                }
            }
            if self.over {
                return Ok(None);
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.lines.add(&bytes).map_err(|()| Problem::NotTheFormat)?,
                // some servers just end
                Ok(None) if !self.finish.is_empty() => self.over = true,
                Ok(None) | Err(_) => return Err(Problem::BrokeOff),
            }
        }
    }

    /// Why it ended, once it has.
    pub fn finish(&self) -> &str {
        &self.finish
    }
}

/// Bytes that become lines; a character may come in two chunks.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    fn add(&mut self, bytes: &[u8]) -> Result<(), ()> {
        self.bytes.extend_from_slice(bytes);
        let open = self.bytes.iter().rev().take_while(|&&b| b != b'\n').count();
        if open > MAX_LINE { Err(()) } else { Ok(()) }
    }

    fn take(&mut self) -> Option<String> {
        let end = self.bytes.iter().position(|&byte| byte == b'\n')?;
        let line: Vec<u8> = self.bytes.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

/// What one line says; a last piece may come together with the reason of the end.
fn said(line: &str) -> Vec<Said> {
    let Some(data) = line.strip_prefix("data:").map(str::trim) else {
        return Vec::new();
    };
    if data == "[DONE]" {
        return vec![Said::Done];
    }
    let Ok(value) = serde_json::from_str::<Value>(data) else {
        return Vec::new();
    };
    if value.get("error").is_some_and(|error| !error.is_null()) {
        return vec![Said::Problem(problem::said(data))];
    }
    let choice = &value["choices"][0];
    let piece = choice["delta"]["content"].as_str().unwrap_or_default();
    let finish = choice["finish_reason"].as_str();
    (!piece.is_empty())
        .then(|| Said::Piece(piece.to_owned()))
        .into_iter()
        .chain(finish.map(|reason| Said::Finish(reason.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_the_bytes_come() {
        let text = "data: {\"choices\":[{\"delta\":{\"content\":\"naïve ☕\"}}]}\r\n\r\n: ping\ndata: [DONE]\n";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut heard = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                lines.add(chunk).unwrap();
                while let Some(line) = lines.take() {
                    heard.extend(said(&line));
                }
            }
            assert_eq!(
                heard,
                [Said::Piece("naïve ☕".into()), Said::Done],
                "chunks of {size}"
            );
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut lines = Lines::default();
        let chunk = vec![b'x'; 300_000];
        assert!((0..5).any(|_| lines.add(&chunk).is_err()));
    }

    #[test]
    fn an_error_in_the_stream_is_heard() {
        let heard = said(r#"data: {"error":{"message":"out of memory"}}"#);
        assert_eq!(heard, [Said::Problem("out of memory".into())]);
        let last =
            said(r#"data: {"choices":[{"delta":{"content":"."},"finish_reason":"length"}]}"#);
        assert_eq!(
            last,
            [Said::Piece(".".into()), Said::Finish("length".into())]
        );
    }
}
