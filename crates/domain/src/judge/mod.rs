//! Models as judges: the texts of the calls, which are ours, and the reading of the replies. No input or output:
//! whoever makes the calls hands the replies in. **A reply that cannot be read is kept and counted, never guessed.**
//!
//! [`pairwise`] in both orders, [`pointwise`] alone, and PC² ([`Pc2`]): criteria from comparing three auxiliary
//! answers, then every candidate alone (Feedbacker 2025).

mod criteria;
pub mod pairwise;
mod pc2;
pub mod pointwise;
mod request;
mod score;

pub use criteria::{Criteria, Criterion};
pub use pc2::{About, Call, Outcome, Pc2, Record, Usage};
pub use request::{How, Judging};
pub use score::{Scale, Scored};

use serde::{Deserialize, Serialize};

/// Why a reply cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Unread {
    /// What was asked for is not there.
    #[error("there is no <{0}>…</{0}> in the reply")]
    Missing(String),
    /// It is there in another form.
    #[error("{0}")]
    Form(String),
}

/// What stands in the last pair of these tags, trimmed: models think aloud before they decide. The closing tag may
/// have its stroke the wrong way round.
fn inside<'a>(reply: &'a str, tag: &str) -> Result<&'a str, Unread> {
    let missing = || Unread::Missing(tag.to_owned());
    let (_, rest) = reply.rsplit_once(&format!("<{tag}>")).ok_or_else(missing)?;
    let ends = [format!("</{tag}>"), format!(r"<\{tag}>")];
    let end = ends
        .iter()
        .filter_map(|end| rest.find(end.as_str()))
        .min()
        .ok_or_else(missing)?;
    let text = rest[..end].trim();
    if text.is_empty() {
        Err(missing())
    } else {
        Ok(text)
    }
}

/// A text between tags, as it is shown to a judge.
fn shown(tag: &str, text: &str) -> String {
    format!("<{tag}>\n{}\n</{tag}>", text.trim())
}
