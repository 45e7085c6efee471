#!/usr/bin/env bash
# Compiles the browser's half; prints the module's path last. With `--way` it only finds (and where
# needed installs) the way to compile, and prints that: rustup or fallback.
# Two ways to compile for wasm: with the target that rustup adds, or, where rustup cannot fetch it,
# with Debian's rustc-web, which builds the standard library from its own sources.
source "$(dirname "$0")/env.sh"

target=wasm32-unknown-unknown
# A folder of its own: the two ways use different compilers, and neither should wait for the server's build.
wasm_dir="$CARGO_TARGET_DIR/wasm"
module="$wasm_dir/$target/wasm-release/frontend.wasm"

has_target() { compgen -G "$(rustc --print target-libdir --target $target 2>/dev/null)/libcore-*.rlib" >/dev/null; }

has_fallback() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/wasm-ld-19 ] &&
    [ -d /usr/lib/rustlib/src/rust/library/std ] &&
    at_least "$(/usr/bin/rustc --version | cut -d' ' -f2)" 1.88
}

find_way() {
  if has_target; then way=rustup
  elif has_fallback; then way=fallback
  elif command -v rustup >/dev/null && say "  adding the wasm target" && timeout 300 rustup --quiet target add $target && has_target; then way=rustup
  elif say "  rustup has no wasm target to give; trying Debian's compiler" &&
    apt_install rustc-web cargo-web rust-web-src lld-19 && has_fallback; then way=fallback
  else die "the wasm target is missing: rustup target add $target"
  fi
}

build() {
  local common=(build --locked --package frontend --target $target --profile wasm-release)
  if [ "$way" = rustup ]; then
    CARGO_TARGET_DIR="$wasm_dir" cargo "${common[@]}"
  else
    say "  with $(/usr/bin/rustc --version), standard library from source"
    CARGO_TARGET_DIR="$wasm_dir" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=/usr/bin/wasm-ld-19 \
      /usr/bin/cargo -Zbuild-std=std,panic_abort "${common[@]}"
  fi
}

find_way >&2
if [ "${1:-}" = --way ]; then
  say "$way"
else
  build >&2
  say "$module"
fi
