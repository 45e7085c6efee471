#!/usr/bin/env bash
# No source file over 600 lines: past that it holds more than one thing.
source "$(dirname "$0")/env.sh"

long=$(git ls-files -z --cached --others --exclude-standard -- '*.rs' '*.ts' '*.css' '*.sh' '*.sql' |
  while IFS= read -r -d '' file; do
    [ -f "$file" ] || continue
    lines=$(wc -l <"$file")
    [ "$lines" -le 600 ] || printf '  %s: %s lines\n' "$file" "$lines"
  done)
[ -z "$long" ] || die "longer than 600 lines, cut them:"$'\n'"$long"
