#!/usr/bin/env bash
# From a fresh clone to a page in the browser. A step with nothing to do takes a moment.
source "$(dirname "$0")/env.sh"

step "check the tools" scripts/rust.sh
step "build the server" cargo build --locked --release --package server
step "build the browser's half" scripts/site.sh

touchstone="$CARGO_TARGET_DIR/release/touchstone"
step "bring the database up to date" "$touchstone" migrate
step "load the demo project (once)" "$touchstone" demo
if [ -z "$("$touchstone" user list)" ]; then
  say "Open the address below: nobody has an account yet, and the first visit makes you the owner."
else
  say "Open the address below and sign in. Forgot the password? $(printf '%q' "$touchstone") user password YOUR@ADDRESS"
fi
exec "$touchstone" serve
