//! Islands: parts of a page that run in the browser. Each says what happens **without JavaScript**.
//!
//! An island has no children and holds no data of its own: it finds the server's form in the page and
//! makes it quicker to use. State belongs to the form.
