#!/usr/bin/env bash
# Checks for Rust and a C compiler (SQLite and a few crates are built from C).
source "$(dirname "$0")/env.sh"

command -v cargo >/dev/null || die "Rust is missing. Install it from https://rustup.rs, open a new shell, and try again."
version=$(rustc --version | cut -d' ' -f2)
at_least "$version" "$MINIMUM_RUST" || die "Rust $version is too old, $MINIMUM_RUST or newer is needed: rustup update stable"
command -v cc >/dev/null || apt_install build-essential || die "a C compiler is missing: install gcc or clang"
say "  Rust $version"
