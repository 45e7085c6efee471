#!/usr/bin/env bash
# The Rust tests. Under scripts/postgres.sh they run on Postgres too. With NAME as the first argument
# the count goes to NAME.count, so that several runs add up.
source "$(dirname "$0")/env.sh"

name=${1:?which tests these are}
shift
log=$(mktemp "${TMPDIR:-/tmp}/touchstone-rust.XXXXXX")
trap 'rm -f "$log"' EXIT
status=0
if command -v cargo-nextest >/dev/null; then
  # nextest has profiles of its own
  cargo nextest run --locked --no-fail-fast --status-level slow --final-status-level fail "${@/#--profile/--cargo-profile}" 2>&1 | tee "$log" || status=$?
else
  cargo test --locked --no-fail-fast "$@" 2>&1 | tee "$log" || status=$?
fi

# "test result: ok. 5 passed; 0 failed; 1 ignored" and "Summary … 5 tests run: 5 passed, 1 skipped".
count() { grep -E '^test result:|^ *Summary ' "$log" | grep -oE "[0-9]+ ($1)" | awk '{n += $1} END {print n + 0}'; }
[ -z "${RESULTS:-}" ] || say "$(count passed) $(count failed) $(count 'ignored|skipped')" >"$RESULTS/$name.count"
exit "$status"
