#!/usr/bin/env bash
# The browser tests: a server of their own with a temporary database, driven by Playwright.
# Arguments go to Playwright: scripts/e2e.sh --project=hydrated pages
source "$(dirname "$0")/env.sh"

step "the browser's half" scripts/site.sh --whole
step "build the server" cargo build --locked --quiet --package server
step "build what stands in for an engine" cargo build --locked --quiet --package touchstone-store --example stand_in_engine
CHROMIUM=$(scripts/node.sh)
export CHROMIUM
export TOUCHSTONE="${TOUCHSTONE:-$CARGO_TARGET_DIR/debug/touchstone}"
export STAND_IN="${STAND_IN:-$CARGO_TARGET_DIR/debug/examples/stand_in_engine}"

cd end2end
status=0
npx playwright test "$@" || status=$?
if [ -n "${RESULTS:-}" ]; then cp results/count.txt "$RESULTS/browser.count"; fi
exit "$status"
