#!/usr/bin/env bash
# Rebuilds and restarts on every change: with `cargo leptos watch`, which also reloads the page, where
# cargo-leptos is installed; else with a plain loop.
source "$(dirname "$0")/env.sh"

step "check the tools" scripts/rust.sh
if command -v cargo-leptos >/dev/null; then
  # cargo-leptos takes one style sheet; ours are several.
  mkdir -p target
  cat style/tokens.css $(find style -name '*.css' ! -name tokens.css | sort) >target/touchstone.css
  SITE_ROOT=target/site exec cargo leptos watch -- serve
fi

say "cargo-leptos is not installed (cargo install cargo-leptos --locked): this loop restarts the server, reload the page yourself."
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
