//! What can go wrong with a server that speaks the format, in words.

use super::Upstream;
use crate::text::wire as text;
use serde_json::Value;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing listens at its address, or the name is unknown.
    Away {
        /// Whether it is our own engine.
        own: bool,
    },
    /// It did not answer in time.
    Slow,
    /// It answered with an error.
    Refused {
        /// The status.
        status: u16,
        /// What it said, cut short.
        said: String,
        /// Whether it is our own engine.
        own: bool,
    },
    /// The connection ended in the middle, or the answer was too large.
    BrokeOff,
    /// What it answered is not the format.
    NotTheFormat,
}

impl Problem {
    pub(super) fn of(upstream: &Upstream, cause: &reqwest::Error) -> Self {
        if cause.is_timeout() && !cause.is_connect() {
            Self::Slow
        } else {
            Self::Away { own: upstream.own }
        }
    }

    /// Whether asking again after a while may help.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Slow | Self::BrokeOff => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            Self::NotTheFormat => false,
        }
    }

    /// What went wrong and what to do about it.
    pub fn words(&self) -> String {
        match self {
            Self::Away { own: true } => text::ENGINE_AWAY.into(),
            Self::Away { own: false } => text::AWAY.into(),
            Self::Slow => text::SLOW.into(),
            Self::Refused { status, said, own } => text::refused(*status, said, *own),
            Self::BrokeOff => text::BROKE_OFF.into(),
            Self::NotTheFormat => text::NOT_THE_FORMAT.into(),
        }
    }
}

/// The message in an error's body, as far as it is fit to be shown: one line, not too long.
pub(super) fn said(body: &str) -> String {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    let message = [
        &parsed["error"]["message"],
        &parsed["error"],
        &parsed["message"],
        &parsed["detail"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .unwrap_or(if parsed.is_null() { body } else { "" });
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.starts_with('<') {
        return String::new();
    }
    line.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn a_message_is_found_wherever_servers_put_it_and_markup_is_not_one() {
        for (body, expected) in [
            (r#"{"error":{"message":"no such\nmodel"}}"#, "no such model"),
            (r#"{"error":"busy"}"#, "busy"),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            ("plain words", "plain words"),
            ("<html><body>502</body></html>", ""),
            (r#"{"code":7}"#, ""),
        ] {
            assert_eq!(said(body), expected, "{body}");
        }
        assert_eq!(said(&"x".repeat(1000)).len(), 300);
    }
}
