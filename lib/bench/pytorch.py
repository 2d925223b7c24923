"""The PyTorch side of `npm run bench`: one process that answers one JSON line with another.

The same transformer as lib/model/transformer.ts, written with PyTorch's own layers and fused kernels
(scaled_dot_product_attention, layer_norm, gelu, fused AdamW), in eager mode. Weights and batch come in a
safetensors file from the other side, so that both sides can be seen to compute the same loss.
"""
import json
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def load(path):
    """Tensors of a safetensors file, all float32."""
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(data[start:end]), dtype=torch.float32)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn_c_attn = nn.Linear(width, 3 * width)
        self.attn_c_proj = nn.Linear(width, width)
        self.mlp_c_fc = nn.Linear(width, 4 * width)
        self.mlp_c_proj = nn.Linear(4 * width, width)

    def forward(self, x, mask):
        B, T, D = x.shape
        q, k, v = (
            part.view(B, T, self.heads, -1).transpose(1, 2)
            for part in self.attn_c_attn(self.ln_1(x)).split(D, -1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        x = x + self.attn_c_proj(mixed.transpose(1, 2).reshape(B, T, D))
        return x + self.mlp_c_proj(F.gelu(self.mlp_c_fc(self.ln_2(x)), approximate="tanh"))


class Transformer(nn.Module):
    def __init__(self, layers, width, heads, vocabulary, context):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(context, width)
        self.h = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)

    def forward(self, tokens, positions):
        places, mask = self.wpe.weight[: tokens.shape[1]], None
        if positions is not None:
            # Rows that hold several sequences: a token sees from the start of its own on.
            at = torch.arange(tokens.shape[1])
            mask = ((at <= at[:, None]) & (at >= (at - positions)[:, :, None]))[:, None]
            places = self.wpe(positions)
        x = self.wte(tokens) + places
        for block in self.h:
            x = block(x, mask)
        return F.linear(self.ln_f(x), self.wte.weight)

    def fill(self, values):
        """Takes over weights under the project's names; its matrices are [in, out], PyTorch's [out, in]."""
        with torch.no_grad():
            self.wte.weight.copy_(values["wte"])
            self.wpe.weight.copy_(values["wpe"])
            for name, module in self.named_modules():
                ours = name.replace("attn_", "attn.").replace("mlp_", "mlp.")
                if isinstance(module, nn.LayerNorm):
                    module.weight.copy_(values[f"{ours}.g"])
                    module.bias.copy_(values[f"{ours}.b"])
                elif isinstance(module, nn.Linear):
                    module.weight.copy_(values[f"{ours}.w"].T)
                    module.bias.copy_(values[f"{ours}.b"])


class Contest:
    """One model and one batch, and the things that are timed on them."""

    def __init__(self, model, training, path):
        values = load(path)
        self.model = Transformer(*(model[k] for k in ("layers", "width", "heads", "vocabulary", "context")))
        self.model.fill(values)
        self.tokens, self.targets = values["inputs"].long(), values["targets"].long()
        self.weights = values["weights"].reshape(-1)
        self.positions = values["positions"].long() if "positions" in values else None
        self.clip = training["clip"]
        decayed = [p for p in self.model.parameters() if p.ndim >= 2]
        others = [p for p in self.model.parameters() if p.ndim < 2]
        groups = [{"params": decayed, "weight_decay": training["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(
            groups, lr=training["learningRate"], betas=training["betas"], eps=training["epsilon"], fused=True
        )

    def loss(self):
        logits = self.model(self.tokens, self.positions)
        each = F.cross_entropy(logits.flatten(0, 1), self.targets.flatten(), reduction="none")
        return (each * self.weights).sum() / self.weights.sum()

    def forward(self):
        with torch.no_grad():
            return self.model(self.tokens, self.positions)

    def gradient(self):
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        return loss

    def step(self):
        loss = self.gradient()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        return loss


def peak_mb():
    try:
        status = open("/proc/self/status").read()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except OSError:
        return None


contest = None
for line in sys.stdin:
    request = json.loads(line)
    what = request["what"]
    answer = {}
    if what == "make":
        torch.set_num_threads(request["threads"])
        contest = Contest(request["model"], request["training"], request["path"])
        answer["torch"] = torch.__version__
    elif what == "loss":
        with torch.no_grad():
            answer["loss"] = contest.loss().item()
    elif what == "peak":
        answer["mb"] = peak_mb()
    elif what == "matmul":
        a, b = (torch.randn(*side["shape"]) for side in request["sides"])
        a, b = (x.T if side["transposed"] else x for x, side in zip((a, b), request["sides"]))
        start = time.perf_counter()
        a @ b
        answer["ms"] = 1e3 * (time.perf_counter() - start)
    else:
        start = time.perf_counter()
        getattr(contest, what)()
        answer["ms"] = 1e3 * (time.perf_counter() - start)
    print(json.dumps(answer), flush=True)
