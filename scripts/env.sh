# Sourced by every script: where things live, and how a step is announced.
# Everything that is built or downloaded goes into one cache outside the checkout.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/touchstone
export ROOT CACHE
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}
export SITE_ROOT=${SITE_ROOT:-$CARGO_TARGET_DIR/site}
mkdir -p "$CACHE" "$CARGO_TARGET_DIR"

# burn 0.22 asks for it.
MINIMUM_RUST=1.95

say() { printf '%s\n' "$*"; }
die() { printf 'touchstone: %s\n' "$*" >&2; exit 1; }

# at_least HAVE WANT: whether version HAVE is WANT or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# step "what it does" COMMAND...: runs the command and prints how long it took; a failure ends the
# script and names the command that repeats it. The command is a program, not a shell function,
# because `set -e` does not hold inside a function whose result is tested.
step() {
  local what=$1 begun=$SECONDS status=0
  shift
  printf '==> %s\n' "$what"
  "$@" || status=$?
  if [ "$status" -ne 0 ]; then
    printf 'FAILED after %s s (exit %s): %s\n' "$((SECONDS - begun))" "$status" "$what" >&2
    printf 'repeat it with: %s\n' "$(printf '%q ' "$@")" >&2
    exit "$status"
  fi
  printf '    done in %s s: %s\n' "$((SECONDS - begun))" "$what"
}

# apt_install PACKAGE...: installs those that are missing. Fails where there is no apt or no right to
# use it, after saying so; the caller knows what to say next.
apt_install() {
  local missing=() package sudo=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null || { say "  this system has no apt-get to install: ${missing[*]}" >&2; return 1; }
  if [ "$(id -u)" -ne 0 ]; then
    sudo=(sudo)
    # Asking for a password is only possible where somebody can answer.
    [ -t 0 ] || sudo=(sudo -n)
    command -v sudo >/dev/null && "${sudo[@]}" true || {
      say "  missing: ${missing[*]}. Ask an administrator for: apt-get install ${missing[*]}" >&2
      return 1
    }
  fi
  say "  installing ${missing[*]}"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update </dev/null >/dev/null || true
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

# Two checkouts may share one target folder. Cargo tells them apart by nothing but the time stamps of
# the sources, so after a change of checkout our own crates (not their dependencies) are built anew.
forget_other_checkout() {
  local mark="$CARGO_TARGET_DIR/.checkout"
  if [ -e "$mark" ] && [ "$(cat "$mark")" != "$ROOT" ]; then
    find "$CARGO_TARGET_DIR" -type d -path '*/.fingerprint/*' \
      \( -name 'app-*' -o -name 'server-*' -o -name 'frontend-*' -o -name 'bundle-*' -o -name 'touchstone-*' \) \
      -prune -exec rm -rf {} +
  fi
  printf '%s' "$ROOT" >"$mark"
}
forget_other_checkout
