#!/usr/bin/env bash
# Every check. Ends with one line that adds up the test runners: N passed, N failed, N skipped.
source "$(dirname "$0")/env.sh"

results=$(mktemp -d "${TMPDIR:-/tmp}/touchstone-results.XXXXXX")
export RESULTS="$results" begun=$SECONDS

finish() {
  local status=$? passed=0 failed=0 skipped=0 p f s
  trap - EXIT
  # Each runner leaves lines of "passed failed skipped".
  while read -r p f s; do
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done < <(cat "$results"/*.count 2>/dev/null)
  rm -rf "$results"
  # A step that is no test (a lint, a build) may have ended the run: that is a failure too.
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  say "    everything took $((SECONDS - begun)) s"
  say "$passed passed, $failed failed, $skipped skipped"
  if [ "$failed" -ne 0 ] && [ "$status" -eq 0 ]; then status=1; fi
  exit "$status"
}
trap finish EXIT

step "check the tools" scripts/rust.sh
step "lint" scripts/lint.sh
step "the Python libraries that some tests compare with" scripts/python.sh
TEST_PYTHON=$(scripts/python.sh)
export TEST_PYTHON
step "unit, store and server tests, on SQLite and Postgres" scripts/postgres.sh scripts/test-rust.sh rust
TOUCHSTONE_MODELS=$(scripts/models.sh)
export TOUCHSTONE_MODELS
# Optimised, because these tests train; both packages in one build, because Cargo would else compile
# burn twice, each time with the features that one of them asks for.
step "learning and the engine" scripts/postgres.sh scripts/test-rust.sh engine \
  --profile engine --package touchstone-learn --package touchstone-engine
step "the browser's half" scripts/site.sh --whole
step "whole stories in a real browser" scripts/e2e.sh
