"""names, for PyTorch; written by llmpipe."""

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


class None_2(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = Linear(8, 12, bias=False)
        self.down = Linear(12, 8, bias=False)

    def forward(self, x):
        return self.down(F.relu(self.up(x)))


class Forward(nn.Module):
    def __init__(self):
        super().__init__()
        self._modules["train"] = Linear(8, 8)
        self._parameters["type"] = nn.Parameter(torch.empty(8))

    def forward(self, x):
        return self._modules["train"](x) * self._parameters["type"]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module("lambda", Embedding(11, 8))
        self.add_module("class", nn.LayerNorm(8))
        self.none = Linear(8, 8, bias=False)
        self.add_module("None", None_2())
        self._modules["forward"] = Forward()
        self._modules["half"] = None_2()
        self._modules["parameters"] = Linear(8, 8, bias=False)
        self._parameters["_modules"] = nn.Parameter(torch.empty(8))
        self._modules["__private"] = None_2()
        self.register_parameter("from", nn.Parameter(torch.empty(8)))
        self.self = Linear(8, 8, bias=False)
        self.torch = Linear(8, 8, bias=False)
        self.nn = nn.RMSNorm(8, eps=1e-5)
        self.F = Linear(8, 8)
        self.Model = None_2()
        self.Linear = None_2()
        self.rotate = Linear(8, 8, bias=False)
        self.super = Linear(8, 8, bias=False)
        self.print = Linear(8, 11, bias=False)

    def get_parameter(self, target):
        return dict(self.named_parameters())[target]

    def forward(self, tokens, positions) -> dict[str, torch.Tensor]:
        none = self.none(getattr(self, "class")(getattr(self, "lambda")(tokens)))
        down = getattr(self, "None")(none)
        down = self._modules["half"](self._modules["forward"](down))
        parameters = self._modules["parameters"](down) * self._parameters["_modules"]
        down = self._modules["__private"](parameters)
        f = self.F(self.nn(self.torch(self.self(down * getattr(self, "from")))))
        rotate_2 = self.rotate(self.Linear(self.Model(f)))
        rotate_2 = rotate_2.unflatten(-1, (2, 4)).transpose(1, 2)  # (B, H, T, S)
        rotary_table = rotary(positions, 4, base=10000.0)
        rotate_2 = rotate(rotate_2, rotary_table).transpose(1, 2)
        return {"logits": self.print(self.super(rotate_2.flatten(2)))}
