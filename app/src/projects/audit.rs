//! Who did what in the project, newest first.

use super::tabs;
use crate::Cx;
use crate::error::Result;
use crate::text::projects as text;
use crate::ui::{Select, time};
use axum::extract::RawQuery;
use axum::response::Response;
use domain::Fields;
use leptos::prelude::*;
use store::audit::{Entry, Filter};

/// Entries a page.
const PAGE: usize = 50;

pub(super) async fn page(cx: Cx, RawQuery(query): RawQuery) -> Result<Response> {
    let project = cx.project()?.id.clone();
    let query: Fields = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
    let filter = Filter {
        action: query.get("action").unwrap_or_default().to_owned(),
        account: query.get("account").unwrap_or_default().to_owned(),
        before: query
            .number("before")
            .ok()
            .flatten()
            .zip(query.get("id").map(str::to_owned)),
    };
    // one more than is shown says whether there are older ones
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut entries = cx.store().audit_entries(&project, &filter, limit).await?;
    let actions = cx.store().audit_actions(&project).await?;
    let members = cx.store().members(&project).await?;
    let older = (entries.len() > PAGE).then(|| {
        entries.truncate(PAGE);
        entries.last().map(|last| {
            let mut link = form_urlencoded::Serializer::new(String::new());
            link.append_pair("action", &filter.action)
                .append_pair("account", &filter.account)
                .append_pair("before", &last.created_at.to_string())
                .append_pair("id", &last.id);
            format!("{}?{}", cx.at("audit"), link.finish())
        })
    });
    let all = |words: &str| vec![(String::new(), words.to_owned())];
    let mut action_choices = all(text::ANY_ACTION);
    action_choices.extend(
        actions
            .into_iter()
            .map(|name| (name.clone(), text::action(&name))),
    );
    let mut member_choices = all(text::ANYBODY);
    member_choices.extend(members.into_iter().map(|m| (m.account.to_string(), m.name)));
    Ok(cx.page(text::TAB_AUDIT, || {
        let empty = entries.is_empty();
        view! {
            <h1>{text::TAB_AUDIT}</h1>
            {tabs(&cx)}
            <form class="row filters" method="get" action=cx.at("audit")>
                <Select name="action" label=text::ACTION choices=action_choices chosen=filter.action />
                <Select name="account" label=text::WHO choices=member_choices chosen=filter.account />
                <button>{text::FILTER}</button>
            </form>
            {empty.then(|| view! { <p class="empty">{text::NO_ENTRIES}</p> })}
            {(!empty).then(|| view! {
                <div class="table" role="region" tabindex="0" aria-label=text::TAB_AUDIT>
                    <table>
                        <thead><tr><th scope="col">{text::WHEN}</th><th scope="col">{text::WHO}</th><th scope="col">{text::ACTION}</th><th scope="col">{text::SUBJECT}</th></tr></thead>
                        <tbody>{entries.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            })}
            {older.flatten().map(|href| view! { <p><a class="button" href=href>{text::OLDER}</a></p> })}
        }
    }))
}

fn row(entry: Entry) -> impl IntoView {
    let subject = [entry.subject, entry.detail]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    view! {
        <tr>
            <td><time>{time::minute(entry.created_at)}</time></td>
            <td dir="auto">{entry.who.unwrap_or_else(|| text::NOBODY.to_owned())}</td>
            <td>{text::action(&entry.action)}</td>
            <td dir="auto">{subject}</td>
        </tr>
    }
}
