"""llama, for PyTorch; written by llmpipe."""

import torch
import torch.nn.functional as F
from torch import nn


class Linear(nn.Linear):
    """x · weightᵀ + bias; the weights are loaded, so they are not initialized."""

    def reset_parameters(self):
        pass


class Embedding(nn.Embedding):
    """The row of a table for each id; the table is loaded, so it is not initialized."""

    def reset_parameters(self):
        pass


def rotary(positions, size, base):
    """The cosines and sines by which heads of a size are rotated (Su et al. 2021)."""
    exponents = torch.arange(0, size, 2, dtype=torch.float64, device=positions.device)
    rates = (base ** (-exponents / size)).float()
    angles = positions.float()[:, None, :, None] * rates  # (B, 1, T, S/2)
    return angles.cos(), angles.sin()


def rotate(x, table):
    """Rotates the pairs (x[i], x[i + S/2]) of heads (B, H, T, S) by their positions."""
    cos, sin = table
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = Linear(576, 576, bias=False)
        self.k = Linear(576, 192, bias=False)
        self.v = Linear(576, 192, bias=False)
        self.o = Linear(576, 576, bias=False)

    def forward(self, x, rotary_table):
        q = self.q(x).unflatten(-1, (9, 64)).transpose(1, 2)  # (B, H, T, S)
        q = rotate(q, rotary_table)
        k = self.k(x).unflatten(-1, (3, 64)).transpose(1, 2)  # (B, H, T, S)
        k = rotate(k, rotary_table)
        v = self.v(x).unflatten(-1, (3, 64)).transpose(1, 2)  # (B, H, T, S)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.o(y.transpose(1, 2).flatten(2))


class Swiglu(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Linear(576, 1536, bias=False)
        self.up = Linear(576, 1536, bias=False)
        self.down = Linear(1536, 576, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.rms_norm = nn.RMSNorm(576, eps=1e-5)
        self.attention = Attention()
        self.rms_norm_2 = nn.RMSNorm(576, eps=1e-5)
        self.swiglu = Swiglu()

    def forward(self, x, rotary_table):
        x = x + self.attention(self.rms_norm(x), rotary_table)
        return x + self.swiglu(self.rms_norm_2(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = Embedding(49152, 576)
        self.layers = nn.ModuleList(Layer() for _ in range(30))
        self.norm = nn.RMSNorm(576, eps=1e-5)
        self.head = Linear(576, 49152, bias=False)

    def forward(self, tokens, positions) -> dict[str, torch.Tensor]:
        x = self.embeddings(tokens)
        rotary_table = rotary(positions, 64, base=10000.0)
        for layer in self.layers:
            x = layer(x, rotary_table)
        return {"logits": self.head(self.norm(x))}
