"""Reference numbers for the models of crates/learn, from other people's implementations.

    python scripts/reference_models.py MODELS OUT

MODELS holds `SmolLM2-135M-Instruct/model.gguf` and `all-MiniLM-L6-v2/`; OUT is
`crates/learn/tests/golden`. Needs torch, transformers, gguf, regex. Written by it:

- dequantise.json       one block of each GGUF format, by the `gguf` package
- small_models.json     logits of small models whose weights follow from a formula, by `transformers`
- smollm2.json          logits on twenty prompts, by `transformers` on the dequantised GGUF
- minilm.json           sentence embeddings, by `transformers`
- tokens.json           a thousand strings in ten languages and hashes of their ids: byte-level BPE
                        written out below from its description, WordPiece by `tokenizers`
"""

import json
import random
import sys
from pathlib import Path

import gguf
import numpy as np
import regex
import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

MODELS, OUT = Path(sys.argv[1]), Path(sys.argv[2])
MASK = (1 << 64) - 1


def write(name, value):
    (OUT / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(name, (OUT / name).stat().st_size, "bytes")


def number(x):
    return float(f"{float(x):.8g}")


def fnv(data: bytes) -> int:
    h = 0xCBF29CE484222325
    for b in data:
        h = ((h ^ b) * 0x100000001B3) & MASK
    return h


def uniform(name: str, count: int) -> np.ndarray:
    """SplitMix64 seeded with the name's FNV-1a, as numbers in [0, 1)."""
    with np.errstate(over="ignore"):
        steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = np.uint64(fnv(name.encode())) + steps
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def dequantise():
    kinds = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
    out = []
    for kind in kinds:
        kind = gguf.GGMLQuantizationType[kind]
        values, size = gguf.GGML_QUANT_SIZES[kind]
        rng = np.random.default_rng(int(kind))
        raw = rng.integers(0, 256, size, dtype=np.uint8)
        if values == 1:
            whole = rng.normal(size=8).astype(np.float32)
            raw = gguf.quants.quantize(whole, kind).view(np.uint8).reshape(-1)
        else:  # scales of a sane size, wherever the format keeps them
            half = np.array([0.0123, -0.345], np.float16).view(np.uint8)
            if kind.name == "Q6_K":
                raw[208:210] = half[:2]
            else:
                raw[0:2] = half[:2]
                if kind.name in ("Q4_1", "Q5_1", "Q4_K", "Q5_K"):
                    raw[2:4] = half[2:]
        plain = gguf.quants.dequantize(raw.reshape(1, -1), kind).reshape(-1)
        out.append({"id": int(kind), "name": kind.name, "raw": raw.tobytes().hex(),
                    "values": [number(x) for x in plain]})
    write("dequantise.json", out)


SMALL = {
    "vocab_size": 48, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "intermediate_size": 40, "rms_norm_eps": 1e-5, "hidden_act": "silu",
    "max_position_embeddings": 128, "tie_word_embeddings": False,
}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}
FAMILIES = {
    "llama": {"model_type": "llama", "rope_theta": 10000.0},
    "llama-tied": {"model_type": "llama", "rope_theta": 500000.0, "tie_word_embeddings": True},
    "llama3": {"model_type": "llama", "rope_theta": 500000.0, "rope_scaling": LLAMA3},
    "llama-linear": {"model_type": "llama", "rope_theta": 10000.0,
                     "rope_scaling": {"rope_type": "linear", "factor": 2.5}},
    "qwen2": {"model_type": "qwen2", "rope_theta": 1000000.0},
    "qwen2-yarn": {"model_type": "qwen2", "rope_theta": 10000.0, "rope_scaling": YARN},
    "qwen3": {"model_type": "qwen3", "rope_theta": 1000000.0, "head_dim": 16},
}


def small_models():
    out = []
    for name, extra in FAMILIES.items():
        given = {**SMALL, **extra}
        config = AutoConfig.for_model(**given)
        model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval().float()
        with torch.no_grad():
            for key, tensor in model.state_dict().items():
                if key == "lm_head.weight" and given["tie_word_embeddings"]:
                    continue
                u = torch.tensor(uniform(key, tensor.numel()).reshape(tensor.shape))
                tensor.copy_((1 + (u - 0.5) * 0.4 if "norm" in key else (u - 0.5) * 0.5).float())
            tokens = [int(48 * u) for u in uniform("tokens", 80)]
            logits = model(torch.tensor([tokens])).logits[0]
        at = [0, 1, 40, 79]
        out.append({"name": name, "config": given, "tokens": tokens, "at": at,
                    "logits": [[number(x) for x in logits[i]] for i in at]})
    write("small_models.json", out)


PROMPTS = [
    "The capital of France is", "Once upon a time, there was a", "def fibonacci(n):\n    ",
    "2 + 2 =", "Water boils at", "The quick brown fox jumps over the lazy dog.",
    "<|im_start|>user\nWhat is gravity?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>system\nYou are terse.<|im_end|>\n<|im_start|>user\nName a colour.<|im_end|>\n<|im_start|>assistant\n",
    "La capitale de la France est", "Die Hauptstadt von Deutschland ist", "日本の首都は",
    "Столица России —", "In 1969, Neil Armstrong", "SELECT name FROM users WHERE",
    "Dear Sir or Madam,\n\nI am writing to", "A list of fruits:\n- apple\n- banana\n-",
    "\"To be, or not to be", "The derivative of x^2 is", "   leading spaces and\ttabs", "é",
]


def smollm2():
    path = MODELS / "SmolLM2-135M-Instruct"
    model = AutoModelForCausalLM.from_pretrained(path, gguf_file="model.gguf", dtype=torch.float32,
                                                 attn_implementation="eager").eval()
    encode, _ = byte_level(path / "model.gguf")
    some = [0, 2, 100, 1000, 9000, 20000, 30000, 40000, 49151]
    out = []
    for prompt in PROMPTS:
        ids = encode(prompt)
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
        at = sorted({0, len(ids) // 2, len(ids) - 1})
        top = torch.topk(logits[-1], 10)
        out.append({"prompt": prompt, "ids": ids, "at": at,
                    "logits": [[number(x) for x in logits[i][some]] for i in at],
                    "norms": [number(logits[i].norm()) for i in at],
                    "top": [[int(i), number(x)] for i, x in zip(top.indices, top.values)]})
    write("smollm2.json", {"some": some, "prompts": out})


SENTENCES = [
    "A man is eating food.", "A man is eating a piece of bread.", "The girl is carrying a baby.",
    "A cheetah is running behind its prey.", "The answer is wrong because 7 × 8 is 56.",
    "Die Antwort ist falsch.", "", "tokenisation", "Zürich, naïve café — “quotes”…",
    "This response is helpful, honest and short; I prefer it to the other one, which rambles on and "
    "on about things that nobody asked for and never comes to the point. " * 4,
]


def minilm():
    path = MODELS / "all-MiniLM-L6-v2"
    model = AutoModel.from_pretrained(path, attn_implementation="eager").eval().float()
    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    out = []
    for sentence in SENTENCES:
        ids = torch.tensor([tokenizer.encode(sentence).ids])
        with torch.no_grad():
            hidden = model(ids, torch.ones_like(ids)).last_hidden_state[0]
        mean = torch.nn.functional.normalize(hidden.mean(0), dim=0)
        out.append({"text": sentence, "tokens": ids.shape[1], "embedding": [number(x) for x in mean[::6]]})
    write("minilm.json", out)


def byte_level(path):
    """GPT-2's byte-level BPE after single digits (llama.cpp's `smollm`), from the file's own lists."""
    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = {tuple(m.split(" ")): i for i, m in enumerate(fields["tokenizer.ggml.merges"].contents())}
    types = fields["tokenizer.ggml.token_type"].contents()
    ids = {token: i for i, token in enumerate(tokens)}
    special = sorted((t for t, kind in zip(tokens, types) if kind in (3, 4)), key=len, reverse=True)
    cut_special = regex.compile("(" + "|".join(regex.escape(t) for t in special) + ")")
    words = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {b: chr(b) for b in plain}
    letters.update({b: chr(256 + i) for i, b in enumerate(b for b in range(256) if b not in letters)})

    def word(text):
        parts = [letters[b] for b in text.encode()]
        while len(parts) > 1:
            rank, at = min((merges.get(pair, 1 << 60), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 60:
                break
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        return [ids[part] for part in parts]

    def encode(text):
        out = []
        for piece in cut_special.split(text):
            if piece in special:
                out.append(ids[piece])
                continue
            for digit in regex.split(r"(\p{N})", piece):
                for part in words.findall(digit):
                    out.extend(word(part))
        return out

    return encode, tokens


WORDS = {
    "en": "the answer isn't quite right because you've forgotten the second case; however it's well written",
    "de": "die Antwort ist größtenteils richtig, aber der zweite Fall fehlt völlig und müsste ergänzt werden",
    "fr": "la réponse n'est pas tout à fait juste, car l'élève a oublié le deuxième cas : c'est dommage",
    "es": "¿por qué la respuesta está incompleta? el niño olvidó mañana, según dijo el señor",
    "pl": "odpowiedź jest niepełna, ponieważ zapomniałeś o drugim przypadku – szkoda, że źle",
    "ru": "ответ не совсем верен, потому что вы забыли второй случай; однако он хорошо написан",
    "ar": "الإجابة ليست صحيحة تمامًا لأنك نسيت الحالة الثانية، لكنها مكتوبة جيدًا",
    "hi": "उत्तर पूरी तरह सही नहीं है क्योंकि आप दूसरा मामला भूल गए, लेकिन यह अच्छा लिखा है",
    "zh": "这个 答案 不完全 正确 ， 因为 你 忘记了 第二种 情况 。 但是 写得 很好",
    "ja": "この 答えは 完全には 正しく ありません 。 二番目の 場合を 忘れて いるから です",
}
BITS = ["1984", "3.14", "½", "٣٤", "x²", "🙂", "👩‍🔬", "e\u0301", "\n", "\n\n", "\t", "  ", "<|im_end|>", "http://a.b/c?d=1",
        "snake_case", "CamelCase", "don't", "I'LL", "\u00a0", "\u200b", "—", "…", "#!/bin/sh", "a+b=c", "“ ”", "\r\n", "ﬁ"]


def tokens():
    encode, _ = byte_level(MODELS / "SmolLM2-135M-Instruct" / "model.gguf")
    pieces = Tokenizer.from_file(str(MODELS / "all-MiniLM-L6-v2" / "tokenizer.json"))
    pieces.no_padding()
    pieces.no_truncation()

    def digest(ids):
        return f"{fnv(b''.join(i.to_bytes(4, 'little') for i in ids)):016x}"

    draw = random.Random(20261123)
    out = []
    for i in range(1000):
        words = WORDS[list(WORDS)[i % 10]].split(" ")
        text = ""
        for _ in range(draw.randint(2, 7)):
            text += draw.choice(words) if draw.random() < 0.75 else draw.choice(BITS)
            text += " " if draw.random() < 0.8 else ""
        out.append([text, digest(encode(text)), digest(pieces.encode(text).ids)])
    write("tokens.json", out)


if __name__ == "__main__":
    torch.manual_seed(0)
    for part in (dequantise, small_models, smollm2, minilm, tokens):
        part()
