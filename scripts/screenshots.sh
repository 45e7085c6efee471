#!/usr/bin/env bash
# Takes the README's pictures anew from the demo project, into docs/screenshots.
source "$(dirname "$0")/env.sh"

mkdir -p docs/screenshots
scripts/e2e.sh --config screenshots.config.ts
heavy=$(find docs/screenshots -type f -size +120k)
[ -z "$heavy" ] || die "over 120 kB, too heavy for a README:"$'\n'"$heavy"
ls -l docs/screenshots
