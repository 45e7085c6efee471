//! The device's own copy of what is typed, for when the server does not get it. It is kept per person, task
//! and round, and goes when the server has acknowledged the same words.

use super::{dom, form, form::Pairs};
use web_sys::HtmlFormElement;

/// The device's copy of one item's answer.
pub(super) struct Copy {
    pub(super) at: f64,
    pub(super) version: String,
    /// Fingerprints of what was sent without an answer: the server may have it.
    pub(super) sent: String,
    pub(super) fields: Pairs,
}

/// Where the device's copy of this person, task and round lies.
pub(super) fn place(form: &HtmlFormElement) -> Option<String> {
    let url = form.get_attribute("data-draft")?;
    let person = dom::find("[data-person]")
        .and_then(|desk| desk.get_attribute("data-person"))
        .unwrap_or_default();
    Some(format!(
        "touchstone.draft {person} {url} {}",
        form::value(form, "round")
    ))
}

pub(super) fn load(place: &str) -> Option<Copy> {
    let kept = dom::storage()?.get_item(place).ok().flatten()?;
    let mut lines = kept.splitn(4, '\n');
    let (at, version, sent, fields) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
    Some(Copy {
        at: at.parse().ok()?,
        version: version.into(),
        sent: sent.into(),
        fields: form::decode(fields),
    })
}

pub(super) fn keep(place: &str, copy: &Copy) {
    if let Some(storage) = dom::storage() {
        let body = String::from(form::encode(&copy.fields).to_string());
        // a full or forbidden storage leaves the server's copy, which is saved in a moment
        let _ = storage.set_item(
            place,
            &format!("{}\n{}\n{}\n{body}", copy.at, copy.version, copy.sent),
        );
    }
}

/// Notes what is about to be sent: when no answer comes, the server may have it all the same.
pub(super) fn note_sent(place: &str, print: &str) {
    if let Some(mut copy) = load(place) {
        copy.sent = match copy.sent.split_once(' ') {
            Some((_, newer)) => format!("{newer} {print}"),
            None if copy.sent.is_empty() => print.to_owned(),
            None => format!("{} {print}", copy.sent),
        };
        keep(place, &copy);
    }
}

/// Removes the device's copy: the server has it.
pub(super) fn forget() {
    if let (Some(form), Some(storage)) = (form::work(), dom::storage())
        && let Some(place) = place(&form)
    {
        let _ = storage.remove_item(&place);
    }
}
