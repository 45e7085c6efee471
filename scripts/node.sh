#!/usr/bin/env bash
# Node, the packages of end2end/ and a browser for them. Prints the browser's path last, or nothing
# where Playwright brings its own.
source "$(dirname "$0")/env.sh"

command -v node >/dev/null && command -v npm >/dev/null || apt_install nodejs npm >&2 || die "Node.js 20 or newer is missing: https://nodejs.org"
at_least "$(node --version | tr -d v)" 20 || die "Node.js $(node --version) is too old, 20 or newer is needed"

cd end2end
if ! cmp -s package-lock.json node_modules/.touchstone-installed; then
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --no-fund --no-audit >&2
  cp package-lock.json node_modules/.touchstone-installed
fi

if [ -n "${CHROMIUM:-}" ]; then say "$CHROMIUM"; exit; fi
browser() { command -v chromium || command -v google-chrome || true; }
found=$(browser)
if [ -z "$found" ] && [ -r /etc/debian_version ] && ! grep -qi ubuntu /etc/os-release; then
  apt_install chromium fonts-dejavu-core >&2 || true
  found=$(browser)
fi
# Ubuntu's chromium is a snap that cannot read temporary folders, and other systems have none.
[ -n "$found" ] || npx playwright install chromium >&2
say "$found"
