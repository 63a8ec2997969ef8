"""Writes adamw.json: what PyTorch's AdamW and clip_grad_norm_ make of weights and gradients that anyone can compute."""

import json
import math
from pathlib import Path

import torch

COUNT, DECAYED, STEPS = 48, 32, 6


def number(i, step):
    return math.fmod(0.37 * (i + 1) * (step + 2), 1.0) - 0.5


weights = torch.tensor([number(i, -1) for i in range(COUNT)], dtype=torch.float32)
decayed = torch.nn.Parameter(weights[:DECAYED].clone())
others = torch.nn.Parameter(weights[DECAYED:].clone())
groups = [{"params": [decayed], "weight_decay": 0.1}, {"params": [others], "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=1e-2, betas=(0.9, 0.99), eps=1e-8, foreach=False)
norms, after = [], []
for step in range(STEPS):
    gradients = torch.tensor([number(i, step) for i in range(COUNT)], dtype=torch.float32)
    decayed.grad, others.grad = gradients[:DECAYED].clone(), gradients[DECAYED:].clone()
    norms.append(torch.nn.utils.clip_grad_norm_([decayed, others], 1.0).item())
    for group in optimizer.param_groups:
        group["lr"] = 1e-2 / (step + 1)
    optimizer.step()
    after.append([float(x) for x in torch.cat([decayed, others]).tolist()])
result = {"torch": torch.__version__, "norms": norms, "weights": after}
Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
