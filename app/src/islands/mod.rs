//! Islands: parts of a page that run in the browser. Each says what happens **without JavaScript**.
//!
//! An island has no children and holds no data of its own: it finds the server's form in the page and
//! makes it quicker to use. State belongs to the form.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod compare;
#[cfg(feature = "hydrate")]
mod conflict;
#[cfg(feature = "hydrate")]
mod desk;
#[cfg(feature = "hydrate")]
mod diff;
#[cfg(feature = "hydrate")]
mod dom;
#[cfg(feature = "hydrate")]
mod draft;
#[cfg(feature = "hydrate")]
mod fetch;
#[cfg(feature = "hydrate")]
mod form;
#[cfg(feature = "hydrate")]
mod help;
#[cfg(feature = "hydrate")]
mod highlight;
#[cfg(feature = "hydrate")]
mod kept;
#[cfg(feature = "hydrate")]
mod keys;
#[cfg(feature = "hydrate")]
mod live;
#[cfg(feature = "hydrate")]
mod notice;
#[cfg(feature = "hydrate")]
mod playground;
#[cfg(feature = "hydrate")]
mod quote;
#[cfg(any(feature = "hydrate", test))]
mod quote_map;
#[cfg(feature = "hydrate")]
mod remarks;
#[cfg(feature = "hydrate")]
mod rendered;
#[cfg(feature = "hydrate")]
mod rows;
#[cfg(feature = "hydrate")]
mod seconds;
#[cfg(feature = "hydrate")]
mod select;
#[cfg(feature = "hydrate")]
mod swap;

/// Keys, autosave, submit and next without a new page, quotes, live differences.
///
/// **Without JavaScript** the form is posted as any other; the server keeps what was sent and shows the
/// next item. Only saving before the form is sent, and the keys, need this island.
#[island]
pub fn Desk() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    desk::arrive();
}

/// A run's page follows its run by server-sent events.
///
/// **Without JavaScript** the page says how to look again, by a link or every five seconds.
#[island]
pub fn Live() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    live::arrive();
}

/// The playground's answers come word by word, and keys say which is better.
///
/// **Without JavaScript** the form is posted and comes back with both answers; each verdict is a button.
#[island]
pub fn Playground() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    playground::arrive();
}
