#!/usr/bin/env bash
# Builds the engine, which trains and generates. The first build is the heaviest step of all, so
# `make run` starts this in the background and the page says how far it is: $CACHE/engine.state holds
# one line, "building SINCE", "ready" or "failed LOG" (SINCE in seconds since 1970).
# ENGINE_FEATURES chooses what it can run on besides the CPU: wgpu (WGSL, any driver), vulkan (SPIR-V, real GPUs) or none;
# without it wgpu where a GPU is seen, else none: burn for GPUs takes twice as long to build.
source "$(dirname "$0")/env.sh"

state="$CACHE/engine.state" log="$CACHE/engine-build.log"

# Whether a GPU is seen: every Mac has one; under Linux a card's render node, NVIDIA's own, or WSL's.
gpu_seen() {
  [ "$(uname -s)" = Darwin ] && return 0
  local node
  for node in /dev/dri/renderD* /dev/nvidia0 /dev/dxg; do [ -e "$node" ] && return 0; done
  return 1
}

features=${ENGINE_FEATURES-$(gpu_seen && printf wgpu || printf none)}
[ "$features" != none ] || features=""

tell() { printf '%s\n' "$*" >"$state.new" && mv "$state.new" "$state"; }

tell "building $(date +%s)"
# Niced, so that people who annotate meanwhile do not notice.
# Both packages, as the tests name them: alone, each would ask for burn with other features.
if nice cargo build --locked --profile engine --package touchstone-learn --package touchstone-engine \
  ${features:+--features "touchstone-engine/$features"} >"$log" 2>&1; then
  tell ready
  say "$CARGO_TARGET_DIR/engine/touchstone-engine"
else
  tell "failed $log"
  tail -n 20 "$log" >&2
  die "the engine does not build (all of it in $log); pages and annotation work without it"
fi
