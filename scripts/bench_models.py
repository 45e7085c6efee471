"""The measurements of crates/learn/examples/bench_models.rs with PyTorch, on the same weights.

    python scripts/bench_models.py FOLDER [generate|train|lora]

FOLDER holds SmolLM2-135M-Instruct's model.gguf. Needs torch, transformers, gguf, accelerate. Ratios mean
something only when both programs ran on the same machine at the same time of day.
"""

import resource
import sys
import time

import torch
from transformers import AutoModelForCausalLM

folder = sys.argv[1]
what = sys.argv[2] if len(sys.argv) > 2 else None
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file="model.gguf", dtype=torch.float32)
text = torch.arange(1000, 1201)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def generation():
    model.eval()
    for rows in (1, 8):
        ids, most = text[:200].repeat(rows, 1), 64
        with torch.inference_mode():
            start, busy = time.time(), cpu()
            out = model(ids, use_cache=True, logits_to_keep=1)
            token = out.logits[:, -1].argmax(-1, keepdim=True)
            first, first_busy = time.time() - start, cpu() - busy
            for _ in range(most - 1):
                out = model(token, past_key_values=out.past_key_values, use_cache=True)
                token = out.logits[:, -1].argmax(-1, keepdim=True)
        rest, busy = time.time() - start - first, cpu() - busy - first_busy
        tokens = rows * (most - 1)
        print(f"generate, batch {rows}, prompts of 200: first token after {first:.3f} s ({first_busy:.3f} CPU-s), "
              f"then {tokens / rest:.1f} tokens/s ({tokens / busy:.1f} per CPU-s)")


def training(lora):
    model.train()
    rows, length, rank, scale = 4, 128, 8, 2.0
    if lora:
        model.requires_grad_(False)
        for block in model.model.layers:
            for part in (block.self_attn, block.mlp):
                for layer in part.children():
                    if isinstance(layer, torch.nn.Linear):
                        a = torch.nn.Parameter(torch.randn(rank, layer.in_features) / layer.in_features**0.5)
                        b = torch.nn.Parameter(torch.zeros(layer.out_features, rank))
                        layer.register_forward_hook(
                            lambda _, x, y, a=a, b=b: y + scale * (x[0] @ a.T) @ b.T)
    ids = text[: length + 1].repeat(rows, 1)
    best = (float("inf"), float("inf"))
    for _ in range(4):
        start, busy = time.time(), cpu()
        logits = model(ids[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        best = min(best[0], time.time() - start), min(best[1], cpu() - busy)
        model.zero_grad(set_to_none=True)
    tokens = rows * length
    print(f"{'LoRA' if lora else 'full'}, {rows} × {length} tokens: {tokens / best[0]:.0f} tokens/s forward and "
          f"backward ({tokens / best[1]:.0f} per CPU-s)")


if what in (None, "generate"):
    generation()
if what in (None, "train"):
    training(False)
if what in (None, "lora"):
    training(True)
print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
