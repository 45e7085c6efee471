"""Learning and generating beside PyTorch: runs both programs in turn, part by part, and prints the ratios.

    python3 scripts/bench_learning.py PROGRAM FOLDER [--parts a,b] [--rounds N] [--one-core N]

PROGRAM is the example bench_models of crates/learn; FOLDER holds model.gguf of SmolLM2-135M-Instruct. TORCH_PYTHON names a
Python with torch, transformers, gguf and accelerate (else python3); without them our half alone is measured. `--one-core 1`
holds both to one thread on core 1 and compares processor seconds: for a machine that others use at the same time.
Ends with 1 where a limit is missed.
"""

import argparse
import json
import os
import subprocess
import sys

LEARN, SPEAK, MEMORY, FIRST = 0.6, 0.8, 1.2, 1.0
# what is measured, in words, and the least share of PyTorch's tokens a second
PARTS = {
    "full-4x128": ("all weights, 4 × 128 tokens", LEARN),
    "full-1x512": ("all weights, 1 × 512 tokens", LEARN),
    "lora-4x128": ("LoRA, 4 × 128 tokens", LEARN),
    "lora-1x512": ("LoRA, 1 × 512 tokens", LEARN),
    "dpo-2x256": ("DPO, LoRA, a pair of 256 tokens", LEARN),
    "reference-8x256": ("log-probabilities before the first step, 8 × 256", None),
    "generate-1": ("generating, one prompt of 200", SPEAK),
    "generate-8": ("generating, 8 prompts of 200", SPEAK),
    "generate-32": ("generating, 32 prompts of 200", None),
}

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("folder")
parser.add_argument("--parts", default=",".join(PARTS))
parser.add_argument("--rounds", type=int, default=2)
parser.add_argument("--one-core", type=int)
options = parser.parse_args()
python = os.environ.get("TORCH_PYTHON", "python3")
peer = os.path.join(os.path.dirname(__file__), "bench_models.py")
needs = "import torch, transformers, gguf, accelerate; print(torch.__version__)"
found = subprocess.run([python, "-c", needs], capture_output=True, text=True)
torch = found.stdout.strip() if found.returncode == 0 else None
alone = options.one_core is not None


def run(command):
    env = dict(os.environ)
    if alone:
        command = ["taskset", "-c", str(options.one_core), *command]
        env.update({name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")})
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def best(rounds):
    speed = max(it["tokens_per_second"] for it in rounds)
    busy = max(it["per_cpu_second"] for it in rounds)
    first = min(it.get("first_s") or 0 for it in rounds)
    return speed, busy, first, min(it["peak_mib"] for it in rounds)


load = os.getloadavg()[0]
print(f"{'One thread each on one core, by processor seconds' if alone else 'All cores, by the clock'}; load {load:.1f} before; "
      f"{f'PyTorch {torch}' if torch else 'without PyTorch'}.\n")
if not torch:
    print("PyTorch is not there: scripts/torch.sh fetches it (5 GB), or TORCH_PYTHON names a Python with torch, transformers, "
          "gguf and accelerate. Our half alone is measured, and no ratio.\n")
unit = "tokens per processor second" if alone else "tokens/s"
print(f"| | Touchstone, {unit} | PyTorch | ratio | limit | memory, MiB | PyTorch's | ratio | limit |")
print("|---|---|---|---|---|---|---|---|---|")
missed = []
for part in options.parts.split(","):
    words, least = PARTS[part]
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(run([options.program, f"{options.folder}/model.gguf", part]))
        if torch:
            theirs.append(run([python, peer, options.folder, part]))
    at = 1 if alone else 0
    speed, memory, first = best(ours)[at], best(ours)[3], best(ours)[2]
    row = [words, f"{speed:.0f}", "", "", "", f"{memory}", "", "", ""]
    if torch:
        peers = best(theirs)
        ratio, space = speed / peers[at], memory / peers[3]
        row[2:5] = [f"{peers[at]:.0f}", f"{ratio:.2f}", f"≥ {least}" if least else ""]
        row[6:] = [f"{peers[3]}", f"{space:.2f}", f"≤ {MEMORY}"]
        if least and ratio < least:
            missed.append(f"{words}: {ratio:.2f} of PyTorch's speed, at least {least} wanted")
        if space > MEMORY:
            missed.append(f"{words}: {space:.2f} of PyTorch's memory, at most {MEMORY} wanted")
    print("| " + " | ".join(row) + " |", flush=True)
    if part == "generate-1":
        print(f"| first token after a prompt of 200 | {first:.2f} s | {f'{best(theirs)[2]:.2f} s' if torch else ''} | | ≤ {FIRST} s | | | | |")
        if first > FIRST and not alone:
            missed.append(f"the first token takes {first:.2f} s, at most {FIRST} wanted")
print()
for words in missed:
    print(f"MISSED  {words}")
sys.exit(1 if missed else 0)
