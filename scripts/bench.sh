#!/usr/bin/env bash
# Measures a release build against its limits. Arguments go to the measuring program:
# scripts/bench.sh --only queue --tasks 10000
# With Label Studio installed (on the PATH, or LABEL_STUDIO=its path), it is measured beside us.
source "$(dirname "$0")/env.sh"

# Learning is measured by programs of its own, beside PyTorch: `--only learning` measures nothing else.
if [ "$*" = "--only learning" ]; then exec scripts/bench-learning.sh; fi

step "the browser's half" scripts/site.sh
step "build for release" cargo build --locked --release --package server --package bench
export TOUCHSTONE="${TOUCHSTONE:-$CARGO_TARGET_DIR/release/touchstone}"
# What is measured while the engine trains needs an engine and a model: scripts/engine.sh and scripts/models.sh, or `make run`.
if [ -x "$CARGO_TARGET_DIR/engine/touchstone-engine" ] && [ -e "$CACHE/models/SmolLM2-135M-Instruct/complete" ]; then
  export TOUCHSTONE_ENGINE="$CARGO_TARGET_DIR/engine/touchstone-engine" TOUCHSTONE_MODELS="$CACHE/models"
fi
say "On $(nproc) cores, $(date +%F), load $(cut -d' ' -f1 /proc/loadavg) before."
status=0
"$CARGO_TARGET_DIR/release/bench" "$@" || status=$?
if [ "$#" -eq 0 ]; then scripts/bench-learning.sh || status=$?; fi
exit "$status"
