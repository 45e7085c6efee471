#!/usr/bin/env bash
# What the server serves beside the pages: the browser's half and the style sheets, in $SITE_ROOT.
# Where the browser's half cannot be built, the pages get their style sheet and work with plain forms;
# `--whole` makes that a failure.
source "$(dirname "$0")/env.sh"

arguments=(--style style --site "$SITE_ROOT")
if module=$(scripts/wasm.sh); then
  arguments+=(--wasm "$module")
elif [ "${1:-}" = --whole ]; then
  die "the browser's half does not build"
else
  say "  The browser's half was not built. Every page works without it, slower to use."
fi
cargo run --quiet --locked --release --package bundle -- "${arguments[@]}"
