//! Reads what a browser would send of a page's form: its address and its hidden fields.

/// A form as the page holds it before anybody touches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Hidden fields, in order.
    pub hidden: Vec<(String, String)>,
}

/// The value of a tag's attribute, with character references resolved.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    while let Some(at) = rest.find(name) {
        let before = rest[..at].chars().next_back();
        let after = &rest[at + name.len()..];
        if before.is_some_and(char::is_whitespace)
            && let Some(value) = after.strip_prefix("=\"")
        {
            return value.find('"').map(|end| unescape(&value[..end]));
        }
        rest = after;
    }
    None
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// The form with this id.
pub fn form(html: &str, id: &str) -> Option<Form> {
    let wanted = html
        .match_indices("<form ")
        .map(|(at, _)| &html[at..])
        .find(|rest| {
            let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
            attribute(tag, "id").as_deref() == Some(id)
        })?;
    let inside = &wanted[..wanted.find("</form>").unwrap_or(wanted.len())];
    let tag = &inside[..inside.find('>')?];
    let hidden = inside
        .match_indices("<input ")
        .filter_map(|(at, _)| {
            let tag = &inside[at..];
            let tag = &tag[..tag.find('>')?];
            (attribute(tag, "type").as_deref() == Some("hidden"))
                .then(|| {
                    let value = attribute(tag, "value").unwrap_or_default();
                    Some((attribute(tag, "name")?, value))
                })
                .flatten()
        })
        .collect();
    Some(Form {
        action: attribute(tag, "action").unwrap_or_default(),
        hidden,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_fields_of_the_right_form() {
        let html = r#"<form id="other" action="/no"><input type="hidden" name="a" value="1"></form>
            <form class="x" id="work" method="post" action="/p/1?a=b&amp;c=d"><input type="hidden" name="round" value="0">
            <input type="radio" name="preference.strength" value="1"><input name="draft.version" data-type="hidden" type="hidden" value="3"/></form>"#;
        let form = form(html, "work").unwrap();
        assert_eq!(form.action, "/p/1?a=b&c=d");
        let pairs = [("round", "0"), ("draft.version", "3")];
        assert_eq!(
            form.hidden,
            pairs.map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
        assert_eq!(super::form(html, "none"), None);
    }
}
