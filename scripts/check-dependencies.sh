#!/usr/bin/env bash
# Boundaries that must not be crossed: the web process never links burn; nothing compiled for the
# browser reaches the database, the async runtime, the web framework or burn.
source "$(dirname "$0")/env.sh"

# crosses WHAT PATTERN TREE-ARGUMENTS...
crosses() {
  local what=$1 pattern=$2 found
  shift 2
  found=$(cargo tree --locked --edges normal --prefix none --format '{p}' "$@" | awk '{print $1}' | sort -u | grep -E "$pattern" || true)
  [ -z "$found" ] || die "$what must not depend on: $(tr '\n' ' ' <<<"$found"). See who brings it with: cargo tree -i CRATE $*"
  say "  $what: clean"
}

crosses "the server" '^burn' --package server
crosses "learning" '^(sqlx.*|tokio|axum|reqwest|touchstone-store|burn-(flex|wgpu|cubecl))$' --package touchstone-learn
crosses "the browser's half" '^(burn.*|sqlx.*|tokio|axum.*|hyper|touchstone-store)$' \
  --package frontend --target wasm32-unknown-unknown
