#!/usr/bin/env bash
# From a fresh clone to a page in the browser. A step with nothing to do takes a moment.
# `make run ENGINE=off` does without the engine: people annotate, nothing trains.
source "$(dirname "$0")/env.sh"

step "check the tools" scripts/rust.sh
step "build the server" cargo build --locked --release --package server
step "build the browser's half" scripts/site.sh

touchstone="$CARGO_TARGET_DIR/release/touchstone"
step "bring the database up to date" "$touchstone" migrate
step "load the demo project (once)" "$touchstone" demo
if [ "${ENGINE:-on}" = off ]; then
  export TOUCHSTONE_ENGINE=off
else
  # The page is there first; the engine joins when it is built, and the page says so until then.
  export ENGINE_DIR="$CARGO_TARGET_DIR/engine" ENGINE_STATE="$CACHE/engine.state" TOUCHSTONE_MODELS="$CACHE/models"
  say "The engine is built in the background (log: $CACHE/engine-build.log) and joins when it is ready."
  { scripts/models.sh >/dev/null && scripts/engine.sh >/dev/null; } &
fi
if [ -z "$("$touchstone" user list)" ]; then
  say "Open the address below: nobody has an account yet, and the first visit makes you the owner."
else
  say "Open the address below and sign in. Forgot the password? $(printf '%q' "$touchstone") user password YOUR@ADDRESS"
fi
exec "$touchstone" serve
