"""gpt2, for PyTorch; written by llmpipe."""

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


class Gpt2Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = Linear(768, 768)
        self.k = Linear(768, 768)
        self.v = Linear(768, 768)
        self.o = Linear(768, 768)

    def forward(self, x):
        q = self.q(x).unflatten(-1, (12, 64)).transpose(1, 2)  # (B, H, T, S)
        k = self.k(x).unflatten(-1, (12, 64)).transpose(1, 2)  # (B, H, T, S)
        v = self.v(x).unflatten(-1, (12, 64)).transpose(1, 2)  # (B, H, T, S)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o(y.transpose(1, 2).flatten(2))


class Gpt2Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = Linear(768, 3072)
        self.down = Linear(3072, 768)

    def forward(self, x):
        return self.down(F.gelu(self.up(x), approximate="tanh"))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_norm = nn.LayerNorm(768)
        self.gpt2_attention = Gpt2Attention()
        self.layer_norm_2 = nn.LayerNorm(768)
        self.gpt2_mlp = Gpt2Mlp()

    def forward(self, x):
        x = x + self.gpt2_attention(self.layer_norm(x))
        return x + self.gpt2_mlp(self.layer_norm_2(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.empty(50257, 768))
        self.places = Embedding(1024, 768)
        self.layers = nn.ModuleList(Layer() for _ in range(12))
        self.norm = nn.LayerNorm(768)

    def forward(self, tokens, positions) -> dict[str, torch.Tensor]:
        x = F.embedding(tokens, self.table) + self.places(positions)
        for layer in self.layers:
            x = layer(x)
        return {"logits": F.linear(self.norm(x), self.table)}
