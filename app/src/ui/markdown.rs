//! Markdown from people and models, rendered safely. **The text is hostile**: raw HTML in it is shown,
//! not run, and what comes out passes a sanitiser that knows a short list of harmless elements.

use leptos::prelude::*;
use pulldown_cmark::{Event, Options, Parser, html};
use std::{collections::HashSet, sync::LazyLock};

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    let tags: HashSet<&str> = [
        "p",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "em",
        "strong",
        "del",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "sup",
        "sub",
        "span",
    ]
    .into();
    cleaner
        .tags(tags)
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        .add_tag_attributes("code", ["class"])
        .add_tag_attributes("ol", ["start"]);
    cleaner
});

/// Markdown as safe HTML.
pub(crate) fn to_html(text: &str) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    // raw HTML is text that somebody wrote, so it is shown as such; a single line break is one
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::SoftBreak => Event::HardBreak,
        other => other,
    });
    let mut rendered = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut rendered, events);
    CLEANER.clean(&rendered).to_string()
}

/// A text in Markdown.
#[component]
pub fn Markdown(
    /// The text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <div class="prose" dir="auto" inner_html=to_html(&text)></div> }
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn hostile_text_comes_out_harmless() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<svg/onload=alert(1)>",
            "![x](http://tracker.example/pixel.png)",
            "<iframe srcdoc='<script>alert(1)</script>'>",
        ] {
            let html = to_html(hostile);
            for bad in ["<script", "<img", "<svg", "<iframe", "<a href=\"javascript"] {
                assert!(!html.contains(bad), "{hostile} became {html}");
            }
        }
        assert_eq!(to_html("**so**"), "<p><strong>so</strong></p>\n");
    }
}
