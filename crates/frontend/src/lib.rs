//! The browser's half of `app`: the module that the pages load to bring their islands to life.

// Linking `app` is what exports one function for each island.
use app as _;

/// Called by the page's loader before it hands each island its element.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
