//! What stands around every page: head, top bar, the project's navigation, scripts.

use crate::text::{account, common as text, learning as words};
use crate::{Cx, learning, ui};
use domain::{Kind, Right};
use leptos::prelude::*;

/// Loads the islands, if the page has any.
const LOADER: &str = include_str!("loader.js");

/// Under `cargo leptos watch`: fetches the page anew after each build.
const RELOAD: &str = include_str!("reload.js");

/// The whole document.
pub(crate) fn document(cx: &Cx, title: &str, main: &str) -> String {
    let islands = main.contains("<leptos-island") && !cx.app.assets.js.is_empty();
    let scripts = islands.then(|| {
        let assets = &cx.app.assets;
        let config = format!("(\"/pkg/{}\", \"/pkg/{}\")", assets.js, assets.wasm);
        let preload = view! {
            <link rel="modulepreload" href=format!("/pkg/{}", assets.js) />
            <link rel="preload" href=format!("/pkg/{}", assets.wasm) r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
        };
        view! { {preload} <script type="module" nonce=cx.nonce.to_string() inner_html=format!("{LOADER}{config}")></script> }
    });
    let style = (!cx.app.assets.css.is_empty())
        .then(|| view! { <link rel="stylesheet" href=format!("/pkg/{}", cx.app.assets.css) /> });
    let reload = cx.app.assets.reload.map(|port| {
        view! { <script nonce=cx.nonce.to_string() inner_html=format!("{RELOAD}({port})")></script> }
    });
    // As HTML, because a view may put markers between texts, which a title shows.
    let full_title = ui::escaped(&format!("{title} · {}", text::PRODUCT));
    let html = view! {
        <html lang="en" data-theme=cx.theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title inner_html=full_title></title>
                <link rel="icon" href="/icon.svg" type="image/svg+xml" />
                {style}
                {scripts}
                {reload}
            </head>
            <body>
                <a class="skip" href="#main">{text::SKIP_TO_CONTENT}</a>
                {top_bar(cx)}
                <main id="main" tabindex="-1" inner_html=main.to_owned()></main>
                <div id="status" class="visually-hidden" role="status" aria-live="polite"></div>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", html.to_html())
}

fn top_bar(cx: &Cx) -> impl IntoView + use<> {
    let project = cx.here.as_ref().map(|here| {
        let pages = pages(cx).into_iter().map(|(name, page)| {
            let href = cx.at(page);
            let here = cx.path.starts_with(&href) || (page == "runs" && learning::is_here(cx));
            let current = here.then_some("page");
            view! { <li><a href=href aria-current=current>{name}</a></li> }
        });
        view! {
            <nav aria-label=text::NAVIGATION>
                <strong class="project-name" dir="auto">{here.project.name.clone()}</strong>
                <ul>{pages.collect_view()}</ul>
            </nav>
        }
    });
    let who = cx.visitor.as_ref().map(|user| {
        view! {
            <div class="who">
                <a href="/account" dir="auto">{user.name.clone()}</a>
                <form method="post" action="/sign-out">
                    <button class="quiet">{account_sign_out()}</button>
                </form>
            </div>
        }
    });
    let sign_in = cx
        .visitor
        .is_none()
        .then(|| view! { <div class="who"><a href="/sign-in">{account::SIGN_IN}</a></div> });
    view! {
        <header class="top">
            <a class="brand" href="/">
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 16 9 5h6l5 11-4 4H8z" /><path d="m8 15 8-6" class="streak" /></svg>
                {text::PRODUCT}
            </a>
            {project}
            {who}
            {sign_in}
        </header>
    }
}

fn account_sign_out() -> &'static str {
    text::SIGN_OUT
}

/// The pages of a project that who asks may open.
fn pages(cx: &Cx) -> Vec<(&'static str, &'static str)> {
    let grades = cx
        .here
        .as_ref()
        .is_some_and(|here| here.project.settings.kinds.contains(&Kind::Grade));
    [
        (Right::Annotate, true, text::QUEUE, "queue"),
        (Right::Review, grades, text::GRADES, "grades"),
        (Right::Read, true, text::DATA, "data"),
        (Right::Review, true, text::REVIEW, "review"),
        (Right::Read, true, text::AGREEMENT, "agreement"),
        (Right::Read, true, text::DASHBOARDS, "dashboards"),
        (Right::Read, true, words::LEARNING, "runs"),
        (Right::Annotate, true, text::GUIDELINES, "guidelines"),
        (Right::Manage, true, text::SETTINGS, "settings"),
    ]
    .into_iter()
    .filter(|&(right, shown, ..)| shown && cx.may(right))
    .map(|(_, _, name, page)| (name, page))
    .collect()
}
