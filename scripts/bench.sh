#!/usr/bin/env bash
# Measures a release build against its limits. Arguments go to the measuring program:
# scripts/bench.sh --only queue --tasks 10000
# With Label Studio installed (on the PATH, or LABEL_STUDIO=its path), it is measured beside us.
source "$(dirname "$0")/env.sh"

step "the browser's half" scripts/site.sh
step "build for release" cargo build --locked --release --package server --package bench
export TOUCHSTONE="${TOUCHSTONE:-$CARGO_TARGET_DIR/release/touchstone}"
say "On $(nproc) cores, $(date +%F), load $(cut -d' ' -f1 /proc/loadavg) before."
exec "$CARGO_TARGET_DIR/release/bench" "$@"
