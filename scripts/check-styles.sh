#!/usr/bin/env bash
# All style sheets become one file: a class that two features style would change the other's pages.
# base.css is everybody's; a feature may build on what it defines.
source "$(dirname "$0")/env.sh"

twice=$(for sheet in style/*.css; do
  [ "$sheet" = style/base.css ] || grep -oE '^\.[a-z-]+' "$sheet" | sort -u || true
done | sort | uniq -d | while read -r class; do
  grep -qE "^\\$class( |\\.|:|,|\\{)" style/base.css || printf '%s ' "$class"
done)
[ -z "$twice" ] || die "styled in more than one sheet: $twice; put the rule under its page's own class"
