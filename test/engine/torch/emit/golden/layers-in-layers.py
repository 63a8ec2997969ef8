"""layers-in-layers, for PyTorch; written by llmpipe."""

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


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = Linear(8, 12, bias=False)
        self.down = Linear(12, 8, bias=False)

    def forward(self, x):
        return self.down(F.relu(self.up(x)))


class Repeat(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_norm = nn.LayerNorm(8)
        self.mlp = Mlp()

    def forward(self, x):
        return x + self.mlp(self.layer_norm(x))


class X(nn.Module):
    def __init__(self):
        super().__init__()
        self.repeat = nn.ModuleList(Repeat() for _ in range(2))

    def forward(self, x):
        for repeat_part in self.repeat:
            x = repeat_part(x)
        return x


class Repeat_2(nn.Module):
    def __init__(self):
        super().__init__()
        self.x = X()
        self.linear = Linear(8, 8)

    def forward(self, x):
        x = self.x(x)
        return x + self.linear(x)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.x = Embedding(11, 8)
        self.repeat = nn.ModuleList(Repeat_2() for _ in range(2))
        self.linear = Linear(8, 11, bias=False)

    def forward(self, tokens) -> dict[str, torch.Tensor]:
        x = self.x(tokens)
        for repeat_part in self.repeat:
            x = repeat_part(x)
        return {"logits": self.linear(x)}
