"""Trains the GPT-2 whose weights and batches a safetensors file holds, as nanoGPT does; prints each step's loss as JSON."""

import json
import math
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

path, settings = sys.argv[1], json.loads(sys.argv[2])
layers, heads, steps, warmup, lr = (settings[key] for key in ("layers", "heads", "steps", "warmup", "lr"))
torch.set_num_threads(1)
tensors = load_file(path)
tokens, targets = tensors.pop("tokens").long(), tensors.pop("targets").long()
weights = {name: torch.nn.Parameter(tensor.clone()) for name, tensor in tensors.items()}
groups = [
    {"params": [w for w in weights.values() if w.dim() > 1], "weight_decay": 0.1},
    {"params": [w for w in weights.values() if w.dim() < 2], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.99), eps=1e-8)


def norm(x, name):
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def linear(x, name):
    return F.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def forward(ids):
    batch, time = ids.shape
    x = weights["table"][ids] + weights["places.weight"][:time]
    for layer in range(layers):
        at = f"layers.{layer}"
        y = norm(x, f"{at}.layer_norm")
        q, k, v = (
            linear(y, f"{at}.gpt2_attention.{part}").view(batch, time, heads, -1).transpose(1, 2) for part in "qkv"
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, time, -1)
        x = x + linear(y, f"{at}.gpt2_attention.o")
        y = F.gelu(linear(norm(x, f"{at}.layer_norm_2"), f"{at}.gpt2_mlp.up"), approximate="tanh")
        x = x + linear(y, f"{at}.gpt2_mlp.down")
    return F.linear(norm(x, "norm"), weights["table"])


losses = []
for step in range(steps):
    factor = (step + 1) / (warmup + 1)
    if step >= warmup:
        factor = 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
    for group in optimizer.param_groups:
        group["lr"] = lr * factor
    loss = F.cross_entropy(forward(tokens[step]).flatten(0, 1), targets[step].flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
    optimizer.step()
    losses.append(loss.item())
print(json.dumps(losses))
