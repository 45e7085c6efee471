#!/usr/bin/env bash
# What can be said about the sources without running them.
source "$(dirname "$0")/env.sh"

step "formatting" cargo fmt --all --check
step "clippy, the server's half" cargo clippy --locked --quiet --workspace --exclude frontend --exclude bundle --all-targets -- -D warnings
step "clippy, the browser's half" cargo clippy --locked --quiet --package app --features hydrate -- -D warnings
step "dependency directions" scripts/check-dependencies.sh
step "file length" scripts/check-length.sh
step "style sheets keep to themselves" scripts/check-styles.sh
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --no-deps --package touchstone-domain --package touchstone-store
