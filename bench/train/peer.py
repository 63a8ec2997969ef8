"""Makes training steps of GPT-2 in PyTorch, as many as each line of stdin says, and prints what they took: peer.py SIZE, as JSON. `device`
and `dtype` of the size are optional; below float32, products are computed by autocast, as in nanoGPT.
"""

import json
import os
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

sizes = json.loads(sys.argv[1])
dim, heads, context, batch, bias = (sizes[name] for name in ("dim", "heads", "context", "batch", "bias"))
torch.set_num_threads(sizes["threads"])
torch.manual_seed(1)
device = torch.device(sizes.get("device", "cpu"))
dtype = getattr(torch, sizes.get("dtype", "float32"))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.norm_2 = nn.LayerNorm(dim, bias=bias), nn.LayerNorm(dim, bias=bias)
        self.qkv, self.o = nn.Linear(dim, 3 * dim, bias=bias), nn.Linear(dim, dim, bias=bias)
        self.up, self.down = nn.Linear(dim, 4 * dim, bias=bias), nn.Linear(4 * dim, dim, bias=bias)

    def forward(self, x):
        q, k, v = (
            part.view(*x.shape[:2], heads, -1).transpose(1, 2) for part in self.qkv(self.norm(x)).split(dim, dim=2)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(y.transpose(1, 2).reshape(x.shape))
        return x + self.down(F.gelu(self.up(self.norm_2(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.places = nn.Embedding(sizes["vocab"], dim), nn.Embedding(context, dim)
        self.blocks = nn.Sequential(*(Block() for _ in range(sizes["layers"])))
        self.norm = nn.LayerNorm(dim, bias=bias)

    def forward(self, tokens):
        x = self.table(tokens) + self.places.weight
        return F.linear(self.norm(self.blocks(x)), self.table.weight)


model = Model().to(device)
groups = [
    {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1},
    {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)
run = torch.compile(model) if sizes["how"] == "compiled" else model


def step():
    tokens = torch.randint(sizes["vocab"], (batch, context + 1)).to(device)
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        loss = F.cross_entropy(run(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


for line in sys.stdin:
    steps = int(line)
    seconds = []
    before = sum(os.times()[:2])
    begin = time.perf_counter()
    for _ in range(steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    processor = (sum(os.times()[:2]) - before) / steps
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if device.type == "cuda":
        torch.cuda.synchronize()
    middle, mean = sorted(seconds)[steps // 2], (time.perf_counter() - begin) / steps
    print(json.dumps({"seconds": middle, "mean": mean, "processor": processor, "memory": memory}), flush=True)
