//! Reading what a model answered: the last `<decision>…</decision>` counts, as models think aloud before it.

/// Why a reply cannot be read, for the record and for asking again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// There is no `<decision>`.
    #[error("there is no <decision>…</decision> in the reply")]
    NoDecision,
    /// It names something that was not shown.
    #[error("“{0}” is not one of the names that were shown")]
    Unknown(String),
    /// It names something twice.
    #[error("“{0}” is dealt with twice")]
    Twice(String),
    /// Only leaves can be split.
    #[error("“{0}” is not a leaf and cannot be split")]
    NotLeaf(String),
    /// It is not in the form that was asked for.
    #[error("{0}")]
    Form(String),
    /// Nobody was asked anything.
    #[error("no reply is awaited")]
    NotAsked,
}

/// What stands between the last pair of tags, trimmed. The closing tag may be missing at the very end, for models
/// are cut off there, or have its stroke the wrong way round.
pub(in crate::taxonomy) fn decision(reply: &str) -> Result<&str, Unread> {
    let (_, rest) = reply.rsplit_once("<decision>").ok_or(Unread::NoDecision)?;
    let end = ["</decision>", r"<\decision>"]
        .iter()
        .filter_map(|tag| rest.find(tag))
        .min();
    let inside = rest[..end.unwrap_or(rest.len())].trim();
    if inside.is_empty() {
        Err(Unread::NoDecision)
    } else {
        Ok(inside)
    }
}
