"""The PyTorch side of `npm run bench -- pythia`: the work of one checkpoint, on random weights.

GPT-NeoX with PyTorch's own kernels (scaled_dot_product_attention, layer_norm, gelu), float32, the same batches
through all layers, singular values of the same number of prompts after each layer, and log-softmax of the same
number of rows. Layer by layer like ours: one layer's weights are in memory at a time.
"""
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

work = json.loads(sys.argv[1])
config, batches = work["config"], work["batches"]
D, heads, inner, V = config["width"], config["heads"], config["inner"], config["vocabulary"]
size, rotary = D // heads, config["rotary"]


def weight(*shape):
    return torch.empty(*shape).uniform_(-0.035, 0.035)


def rotate(x, cos, sin):
    first, second, rest = x[..., : rotary // 2], x[..., rotary // 2 : rotary], x[..., rotary:]
    return torch.cat((first * cos - second * sin, second * cos + first * sin, rest), -1)


def block(x, w):
    B, T, _ = x.shape
    qkv = F.linear(F.layer_norm(x, (D,), w["g1"], w["b1"]), w["qkv"], w["qkv_b"])
    q, k, v = qkv.view(B, T, heads, 3 * size).transpose(1, 2).chunk(3, -1)
    angles = torch.arange(T)[:, None] / config["rotaryBase"] ** (torch.arange(0, rotary, 2) / rotary)
    cos, sin = angles.cos(), angles.sin()
    mixed = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
    attended = F.linear(mixed.transpose(1, 2).reshape(B, T, D), w["o"], w["o_b"])
    hidden = F.gelu(F.linear(F.layer_norm(x, (D,), w["g2"], w["b2"]), w["up"], w["up_b"]))
    return x + attended + F.linear(hidden, w["down"], w["down_b"])


def ranks(states):
    flat = torch.cat([state.reshape(-1, D) for state in states])
    at = 0
    for count in work["sets"]:
        rows = flat[at : at + count].double()
        at += count
        for matrix in (rows, rows - rows.mean(0)):
            torch.linalg.svdvals(matrix)


@torch.no_grad()
def checkpoint():
    start, cpu = time.perf_counter(), time.process_time()
    table = weight(V, D)
    states = [table[torch.randint(0, 2048, shape)] for shape in batches]
    del table
    ranks(states)
    for _ in range(config["layers"]):
        w = {"g1": torch.ones(D), "b1": torch.zeros(D), "g2": torch.ones(D), "b2": torch.zeros(D),
             "qkv": weight(3 * D, D), "qkv_b": weight(3 * D), "o": weight(D, D), "o_b": weight(D),
             "up": weight(inner, D), "up_b": weight(inner), "down": weight(D, inner), "down_b": weight(D)}
        states = [block(x, w) for x in states]
        ranks(states)
    flat = torch.cat([state.reshape(-1, D) for state in states])[: work["scored"]]
    output = weight(V, D)
    for at in range(0, len(flat), 256):
        F.log_softmax(F.linear(F.layer_norm(flat[at : at + 256], (D,)), output), -1)
    return time.perf_counter() - start, time.process_time() - cpu


checkpoint()
seconds, cpu = checkpoint()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"checkpoint_s": seconds, "cpu_s": cpu, "peak_mb": peak}))
