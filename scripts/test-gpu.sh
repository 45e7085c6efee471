#!/usr/bin/env bash
# The engine's tests on a GPU, through WGSL, beside the CPU's numbers. Where there is no GPU, a Vulkan driver that
# simulates one does (Debian: mesa-vulkan-drivers). Burn is built once more for this, with few optimisations: models are
# tiny here and the driver computes.
source "$(dirname "$0")/env.sh"

# What is simulated must not be measured to choose kernels by: that takes longer than the tests.
export CUBECL_AUTOTUNE_LEVEL=${CUBECL_AUTOTUNE_LEVEL:-minimal}
export CUBECL_AUTOTUNE_SHORT_CIRCUIT=${CUBECL_AUTOTUNE_SHORT_CIRCUIT:-0}
export CUBECL_AUTOTUNE_BENCH_ADAPTIVE=${CUBECL_AUTOTUNE_BENCH_ADAPTIVE:-0}

if ! ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json >/dev/null 2>&1; then
  apt_install mesa-vulkan-drivers || say "no Vulkan driver is installed: the tests will say what they lack"
fi
# both packages, as everywhere: alone, each would ask for burn with other features
cargo test --locked --profile gpu --package touchstone-learn --package touchstone-engine \
  --features touchstone-engine/wgpu --test gpu "$@"
