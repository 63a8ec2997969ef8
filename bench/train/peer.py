"""Prints the median seconds of a training step of nanoGPT's smallest baseline in PyTorch: peer.py SIZES, as JSON."""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

sizes = json.loads(sys.argv[1])
dim, heads, context, batch = sizes["dim"], sizes["heads"], sizes["context"], sizes["batch"]
torch.set_num_threads(sizes["threads"])
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.norm_2 = nn.LayerNorm(dim, bias=False), nn.LayerNorm(dim, bias=False)
        self.qkv, self.o = nn.Linear(dim, 3 * dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.up, self.down = nn.Linear(dim, 4 * dim, bias=False), nn.Linear(4 * dim, dim, bias=False)

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
        self.norm = nn.LayerNorm(dim, bias=False)

    def forward(self, tokens):
        x = self.table(tokens) + self.places.weight
        return F.linear(self.norm(self.blocks(x)), self.table.weight)


model = Model()
groups = [
    {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1},
    {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)
seconds = []
for step in range(sizes["steps"] + 10):
    start = time.perf_counter()
    tokens = torch.randint(sizes["vocab"], (batch, context + 1))
    loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    seconds.append(time.perf_counter() - start)
print(sorted(seconds[10:])[sizes["steps"] // 2])
