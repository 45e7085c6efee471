#!/usr/bin/env bash
# Learning and generating beside PyTorch, on SmolLM2-135M-Instruct: the part "learning" of scripts/bench.sh. Arguments go to
# scripts/bench_learning.py. Without PyTorch our half alone is measured; scripts/torch.sh makes a Python that has it.
source "$(dirname "$0")/env.sh"

step "build what measures" cargo build --locked --quiet --profile engine --package touchstone-learn --package touchstone-engine --example bench_models
models=$(scripts/models.sh | tail -n 1)
[ -e "$models/SmolLM2-135M-Instruct/complete" ] || { say "SmolLM2-135M-Instruct is not here: learning is not measured."; exit 0; }
torch="$CACHE/torch/bin/python"
if [ -z "${TORCH_PYTHON:-}" ] && [ -x "$torch" ]; then TORCH_PYTHON=$torch; fi
export TORCH_PYTHON=${TORCH_PYTHON:-python3}
exec python3 scripts/bench_learning.py "$CARGO_TARGET_DIR/engine/examples/bench_models" "$models/SmolLM2-135M-Instruct" "$@"
