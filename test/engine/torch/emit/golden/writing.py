"""writing, for PyTorch; written by llmpipe."""

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
        self.q = Linear(16, 16, bias=False)
        self.k = Linear(16, 8, bias=False)
        self.v = Linear(16, 8, bias=False)
        self.o = Linear(16, 16, bias=False)

    def forward(self, x, rotary_table, past_keys, past_values, mask):
        q = self.q(x).unflatten(-1, (4, 4)).transpose(1, 2)  # (B, H, T, S)
        k = self.k(x).unflatten(-1, (2, 4)).transpose(1, 2)  # (B, H, T, S)
        k = rotate(k, rotary_table)
        v = self.v(x).unflatten(-1, (2, 4)).transpose(1, 2)  # (B, H, T, S)
        q = rotate(q, rotary_table).unflatten(1, (2, 2))
        joined = torch.cat([past_keys, k], dim=2).unsqueeze(2)
        joined_2 = torch.cat([past_values, v], dim=2).unsqueeze(2)
        product = F.softmax(q @ joined.mT * 0.5 + mask, dim=-1) @ joined_2
        return k, v, self.o(product.flatten(1, 2).transpose(1, 2).flatten(2))


class Swiglu(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Linear(16, 64, bias=False)
        self.up = Linear(16, 64, bias=False)
        self.down = Linear(64, 16, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.rms_norm = nn.RMSNorm(16, eps=1e-5)
        self.attention = Attention()
        self.rms_norm_2 = nn.RMSNorm(16, eps=1e-5)
        self.swiglu = Swiglu()

    def forward(self, x, rotary_table, past_keys, past_values, mask):
        rms_norm = self.rms_norm(x)
        k, v, o = self.attention(rms_norm, rotary_table, past_keys, past_values, mask)
        x = x + o
        return k, v, x + self.swiglu(self.rms_norm_2(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = Embedding(11, 16)
        self.layers = nn.ModuleList(Layer() for _ in range(2))
        self.norm = nn.RMSNorm(16, eps=1e-5)
        self.head = Linear(16, 11, bias=False)

    def forward(
        self,
        tokens,
        positions,
        mask,
        past_0_keys,
        past_0_values,
        past_1_keys,
        past_1_values,
        places,
    ) -> dict[str, torch.Tensor]:
        x = self.embeddings(tokens)
        rotary_table = rotary(positions, 4, base=10000.0)
        mask = mask.unsqueeze(3)
        past_keys = [past_0_keys, past_1_keys]
        past_values = [past_0_values, past_1_values]
        keys = []
        values = []
        for layer, past_key, past_value in zip(self.layers, past_keys, past_values):
            k, v, x = layer(x, rotary_table, past_key, past_value, mask)
            keys.append(k)
            values.append(v)
        logits = self.head(F.embedding(places, self.norm(x).squeeze(1)))
        return {
            "logits": logits,
            "keys.0": keys[0],
            "values.0": values[0],
            "keys.1": keys[1],
            "values.1": values[1],
        }
