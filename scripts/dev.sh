#!/usr/bin/env bash
# Rebuilds and restarts on every change: with `cargo leptos watch`, which also reloads the page, where
# cargo-leptos and the wasm-bindgen it calls are installed; else with a plain loop.
source "$(dirname "$0")/env.sh"

step "check the tools" scripts/rust.sh

bindgen=$(sed -nE 's/^wasm-bindgen = "=(.*)"/\1/p' Cargo.toml)
watching() {
  command -v cargo-leptos >/dev/null && [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $bindgen" ]
}

if watching; then
  # cargo-leptos takes one style sheet; ours are several, joined anew after each change.
  mkdir -p target/site/pkg
  style() {
    cat style/tokens.css $(find style -name '*.css' ! -name tokens.css | sort) >target/touchstone.css
    cp target/touchstone.css target/site/pkg/touchstone.css
  }
  style
  watcher=$$
  while sleep 1 && kill -0 "$watcher" 2>/dev/null; do
    [ -z "$(find style -name '*.css' -newer target/touchstone.css -print -quit)" ] || style
  done &
  # A target folder of its own: other features and perhaps another compiler than `make run`'s.
  export CARGO_TARGET_DIR="$CACHE/leptos" SITE_ROOT=target/site
  if [ "$(scripts/wasm.sh --way)" = fallback ]; then
    # Debian's compiler for both halves, the browser's with its standard library from source.
    export PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=/usr/bin/wasm-ld-19
    exec cargo-leptos watch --lib-cargo-args=-Zbuild-std=std,panic_abort -- serve
  fi
  exec cargo-leptos watch -- serve
fi

say "For reloading pages: cargo install --locked cargo-leptos wasm-bindgen-cli@$bindgen"
say "Without them this loop restarts the server; reload the page yourself."
stamp=$(mktemp "${TMPDIR:-/tmp}/touchstone-dev.XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -f "$stamp"' EXIT
while :; do
  touch "$stamp"
  if cargo build --package server && scripts/site.sh; then
    [ -z "$server" ] || { kill "$server"; wait "$server" || true; }
    "$CARGO_TARGET_DIR/debug/touchstone" serve &
    server=$!
  fi
  until [ -n "$(find app server crates style migrations public Cargo.toml -newer "$stamp" -type f -print -quit)" ]; do sleep 1; done
done
