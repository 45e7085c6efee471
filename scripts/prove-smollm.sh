#!/usr/bin/env bash
# Proof on a real model, through the web pages alone: 300 simulated preferences about SmolLM2's own responses, a reward model
# and a policy, held-out figures with intervals, within 40 minutes on two cores. PROVE_PROMPTS=24 PROVE_DPO="epochs=1" try it
# out in small; PROVE_RULE, PROVE_WORDS and PROVE_NOISE say how the annotators judge. Needs a quiet machine.
source "$(dirname "$0")/env.sh"

step "build the server" cargo build --locked --release --quiet --package server
step "the browser's half" scripts/site.sh
step "build the engine" scripts/engine.sh
TOUCHSTONE_MODELS=$(scripts/models.sh | tail -n 1)
CHROMIUM=$(scripts/node.sh | tail -n 1)
PROVE_FOLDER=${PROVE_FOLDER:-$(mktemp -d "${TMPDIR:-/tmp}/touchstone-proof.XXXXXX")}
mkdir -p "$PROVE_FOLDER"
export TOUCHSTONE_MODELS CHROMIUM PROVE_FOLDER ENGINE_DIR="$CARGO_TARGET_DIR/engine"
export TOUCHSTONE="${TOUCHSTONE:-$CARGO_TARGET_DIR/release/touchstone}" TOUCHSTONE_ENGINE="${TOUCHSTONE_ENGINE:-$ENGINE_DIR/touchstone-engine}"
export LISTEN="${LISTEN:-127.0.0.1:4140}" ENGINE_LISTEN="${ENGINE_LISTEN:-127.0.0.1:4141}"
export ENGINE_URL="${ENGINE_URL:-http://$ENGINE_LISTEN/v1}"

say "On $(nproc) cores, $(date +%F), load $(cut -d' ' -f1 /proc/loadavg) before. Database, log and pictures: $PROVE_FOLDER"
cd end2end
exec node prove/smollm.mjs
