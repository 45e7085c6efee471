//! What the pages about learning share: their tabs, and how the engine stands.
//!
//! A new page here: its line in [`PAGES`], and everything else as for any page.

use crate::Cx;
use crate::error::Result;
use crate::state::Stands;
use crate::text::learning as text;
use domain::Right;
use domain::run::EngineState;
use leptos::prelude::*;
use store::engines::{Engine, GONE_MS};

/// The pages about learning: who may, name, address below the project.
const PAGES: [(Right, &str, &str); 7] = [
    (Right::Read, text::RUNS, "runs"),
    (Right::Read, text::MODELS, "models"),
    (Right::Read, crate::text::live::TAB, "live"),
    (Right::Data, text::GENERATE, "generate"),
    (Right::Review, text::PLAYGROUND, "playground"),
    (Right::Data, text::ENDPOINTS, "endpoints"),
    (Right::Data, text::TOKENS, "tokens"),
];

/// Whether this address is one of the pages about learning.
pub(crate) fn is_here(cx: &Cx) -> bool {
    PAGES
        .iter()
        .any(|(_, _, page)| cx.path.starts_with(&cx.at(page)))
}

/// The way between these pages.
pub(crate) fn tabs(cx: &Cx) -> impl IntoView + use<> {
    let links = PAGES
        .iter()
        .filter(|(right, ..)| cx.may(*right))
        .map(|(_, words, page)| {
            let href = cx.at(page);
            let here = cx.path.starts_with(&href).then_some("page");
            view! { <li><a href=href aria-current=here>{*words}</a></li> }
        })
        .collect_view();
    view! { <nav aria-label=text::LEARNING><ul class="tabs">{links}</ul></nav> }
}

/// How the engine stands, for a page to say.
pub(crate) struct Standing {
    class: &'static str,
    heading: String,
    words: String,
}

/// Asks the database and the supervisor how the engine stands.
pub(crate) async fn standing(cx: &Cx) -> Result<Standing> {
    let now = store::now_ms();
    // one that stopped yesterday may say why
    let engines = cx.store().engines(now - 24 * 3_600_000).await?;
    Ok(stands(&cx.app.engine.stands(), &engines, now))
}

fn stands(supervised: &Stands, engines: &[Engine], now: i64) -> Standing {
    let standing = |class, heading: &str, words: String| Standing {
        class,
        heading: heading.to_owned(),
        words,
    };
    let there: Vec<&Engine> = engines.iter().filter(|it| it.is_there(now)).collect();
    if let Some(engine) = there.first() {
        let words = match &engine.problem {
            Some(problem) => problem.clone(),
            None => text::ready_on(&engine.device, there.len()),
        };
        let class = if engine.problem.is_some() {
            "notice warn"
        } else {
            "engine-ready"
        };
        return standing(class, text::READY, words);
    }
    let last = engines.first();
    let starting =
        last.is_some_and(|it| it.state == EngineState::Starting && it.seen_at + GONE_MS > now);
    match supervised {
        Stands::Building => standing("notice", text::BUILDING, text::BUILDING_WORDS.into()),
        Stands::Starting | Stands::Running => {
            standing("notice", text::STARTING, text::STARTING_WORDS.into())
        }
        _ if starting => standing("notice", text::STARTING, text::STARTING_WORDS.into()),
        Stands::Stopped(why) => standing("notice bad", text::STOPPED, text::stopped(why)),
        Stands::Elsewhere => {
            let why = last.and_then(|it| it.problem.clone());
            match why {
                Some(why) => standing("notice bad", text::STOPPED, text::stopped(&why)),
                None => standing("notice warn", text::NONE, text::HOW_TO_START.into()),
            }
        }
    }
}

impl Standing {
    /// The banner.
    pub(crate) fn view(self) -> impl IntoView {
        view! {
            <div class=format!("engine {}", self.class)>
                <p><strong>{self.heading}</strong>" "{self.words}</p>
            </div>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(state: EngineState, seen_at: i64, problem: Option<&str>) -> Engine {
        Engine {
            id: "e".into(),
            host: "here".into(),
            device: "CPU, 2 threads".into(),
            version: "1".into(),
            state,
            problem: problem.map(str::to_owned),
            started_at: 0,
            seen_at,
        }
    }

    #[test]
    fn the_banner_says_what_is_and_what_to_do() {
        let now = 1_000_000;
        let said = |supervised: Stands, engines: &[Engine]| {
            let it = stands(&supervised, engines, now);
            (it.heading, it.words)
        };
        let ready = [engine(EngineState::Ready, now - 1000, None)];
        assert_eq!(said(Stands::Running, &ready).0, text::READY);
        assert!(said(Stands::Running, &ready).1.contains("CPU, 2 threads"));
        // it was ready once, and is gone
        let gone = [engine(EngineState::Ready, now - GONE_MS - 1, None)];
        assert_eq!(said(Stands::Elsewhere, &gone).0, text::NONE);
        assert_eq!(said(Stands::Building, &gone).0, text::BUILDING);
        let stopped = said(Stands::Stopped("out of memory".into()), &gone);
        assert!(stopped.1.contains("out of memory"), "{}", stopped.1);
        assert_eq!(said(Stands::Elsewhere, &[]).1, text::HOW_TO_START);
    }
}
