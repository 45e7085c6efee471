"""The measurements of crates/learn/examples/bench_models.rs with PyTorch, on the same weights.

    python scripts/bench_models.py FOLDER PART

FOLDER holds SmolLM2-135M-Instruct's model.gguf; PART is one of the twin's. Needs torch, transformers, gguf
and accelerate. scripts/bench_learning.py runs both in turn. PyTorch is given what makes it fast here: its
fused attention and its fused AdamW, and logits of nothing but what is asked for.
"""

import json
import resource
import sys
import time

import torch
from torch.nn.functional import cross_entropy, log_softmax, logsigmoid
from transformers import AutoModelForCausalLM

STEPS, SAID, RANK, SCALE = 5, 64, 8, 2.0
folder, part = sys.argv[1:3]
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file="model.gguf", dtype=torch.float32)


def memory(line):
    try:
        with open("/proc/self/status") as status:
            return next(int(found.split()[1]) for found in status if found.startswith(line)) // 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


try:
    with open("/proc/self/clear_refs", "w") as forget:
        forget.write("5")
except OSError:
    pass
loaded = memory("VmRSS:")


def text(tokens):
    return torch.arange(1000, 1000 + tokens)


def add_lora():
    model.requires_grad_(False)
    for block in model.model.layers:
        for holder in (block.self_attn, block.mlp):
            for layer in holder.children():
                if isinstance(layer, torch.nn.Linear):
                    a = torch.nn.Parameter(torch.randn(RANK, layer.in_features) / layer.in_features**0.5)
                    b = torch.nn.Parameter(torch.zeros(layer.out_features, RANK))
                    layer.register_parameter("lora_a", a)
                    layer.register_parameter("lora_b", b)
                    layer.register_forward_hook(lambda _, x, y, a=a, b=b: y + SCALE * (x[0] @ a.T) @ b.T)


def steps(tokens, loss_of):
    """Forward, backward, clipping to a norm of 1, AdamW."""
    model.train()
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-5, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    times, first = [], None
    for _ in range(STEPS):
        start, busy = time.perf_counter(), time.process_time()
        loss = loss_of()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        times.append((time.perf_counter() - start, time.process_time() - busy))
        first = first or loss.item()
    return best(tokens, times[1:], first)


def best(tokens, times, loss):
    return {"tokens_per_second": tokens / min(t for t, _ in times),
            "per_cpu_second": tokens / min(t for _, t in times), "loss": loss}


def sft(rows, length):
    ids = text(length + 1).repeat(rows, 1)
    return steps(rows * length, lambda: cross_entropy(model(ids[:, :-1]).logits.flatten(0, 1), ids[:, 1:].flatten()))


def halves(rows, length):
    return torch.stack([torch.cat([text(length // 2), text(length) [length // 2:] + row]) for row in range(rows)])


def log_probs(ids):
    half = ids.shape[1] // 2
    hidden = model.model(ids).last_hidden_state[:, half - 1:-1]
    logits = model.lm_head(hidden)
    return log_softmax(logits, -1).gather(-1, ids[:, half:, None]).squeeze(-1)


def pair(rows, length):
    ids, n = halves(rows, length), rows // 2
    with torch.inference_mode():
        known = log_probs(ids).sum(-1)
    known = known.clone()

    def loss():
        ratios = log_probs(ids).sum(-1) - known
        return -logsigmoid(0.1 * (ratios[:n] - ratios[n:])).mean()

    return steps(rows * length, loss)


def reference(rows, length):
    ids, times = halves(rows, length), []
    model.eval()
    with torch.inference_mode():
        for _ in range(STEPS):
            start, busy = time.perf_counter(), time.process_time()
            known = log_probs(ids)
            times.append((time.perf_counter() - start, time.process_time() - busy))
    return best(rows * length, times[1:], -known[0].mean().item())


def generation(rows):
    model.eval()
    ids, found = text(200).repeat(rows, 1), None
    for _ in range(2):
        with torch.inference_mode():
            start, busy = time.perf_counter(), time.process_time()
            out = model(ids, use_cache=True, logits_to_keep=1)
            token = out.logits[:, -1].argmax(-1, keepdim=True)
            first, first_busy = time.perf_counter() - start, time.process_time() - busy
            for _ in range(SAID - 1):
                out = model(token, past_key_values=out.past_key_values, use_cache=True)
                token = out.logits[:, -1].argmax(-1, keepdim=True)
        rest, busy = time.perf_counter() - start - first, time.process_time() - busy - first_busy
        tokens = rows * (SAID - 1)
        if not found or tokens / rest > found["tokens_per_second"]:
            found = {"tokens_per_second": tokens / rest, "per_cpu_second": tokens / busy, "first_s": first,
                     "first_cpu_s": first_busy}
    return found


what, size = part.split("-")
shape = [int(number) for number in size.split("x")]
if what in ("lora", "dpo"):
    add_lora()
measure = {"full": sft, "lora": sft, "dpo": pair, "reference": reference, "generate": generation}[what]
figures = measure(*shape)
print(json.dumps({"part": part, **figures, "loaded_mib": loaded, "peak_mib": memory("VmHWM:")}))
