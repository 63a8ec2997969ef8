"""dropout, for PyTorch; written by llmpipe."""

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


class LinearLogProbability(torch.autograd.Function):
    """Computes logits a chunk of rows at a time, and again for their gradients."""

    @staticmethod
    def forward(ctx, x, table, ids):
        ctx.step = max(1, 2**26 // len(table))  # 256 MiB of logits
        weight = table.to(x.dtype)
        chosen, totals = [], []
        for x_rows, id_rows in zip(x.split(ctx.step), ids.split(ctx.step)):
            logits = F.linear(x_rows, weight).float()
            total = logits.logsumexp(-1)
            chosen.append(logits.gather(-1, id_rows[:, None])[:, 0])
            totals.append(total)
        totals = torch.cat(totals)
        ctx.save_for_backward(x, table, ids, totals)
        return torch.cat(chosen) - totals

    @staticmethod
    def backward(ctx, grad):
        x, table, ids, totals = ctx.saved_tensors
        weight = table.to(x.dtype)
        grad_x = torch.empty_like(x)
        grad_table = torch.zeros_like(table) if ctx.needs_input_grad[1] else None
        for start in range(0, len(x), ctx.step):
            rows = slice(start, start + ctx.step)
            logits = F.linear(x[rows], weight).float()
            # The gradient of log p[id] in the logits is 1 at the id, minus p.
            grad_logits = torch.exp(logits - totals[rows, None]) * -grad[rows, None]
            grad_logits.scatter_add_(-1, ids[rows, None], grad[rows, None])
            grad_logits = grad_logits.to(x.dtype)
            grad_x[rows] = grad_logits @ weight
            if grad_table is not None:
                grad_table += grad_logits.mT @ x[rows]
        return grad_x, grad_table, None


def linear_log_probability(x, table, ids):
    """log softmax(logits)[id] for each row x, in nats."""
    x, rows = x.flatten(0, -2), ids.flatten().long()
    return LinearLogProbability.apply(x, table, rows).view(ids.shape)


class Gpt2Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = Linear(16, 16)
        self.k = Linear(16, 16)
        self.v = Linear(16, 16)
        self.o = Linear(16, 16)

    def forward(self, x, dropout):
        q = self.q(x).unflatten(-1, (4, 4)).transpose(1, 2)  # (B, H, T, S)
        k = self.k(x).unflatten(-1, (4, 4)).transpose(1, 2)  # (B, H, T, S)
        v = self.v(x).unflatten(-1, (4, 4)).transpose(1, 2)  # (B, H, T, S)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o(y.transpose(1, 2).flatten(2)) * dropout / 0.75


class Gpt2Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = Linear(16, 64)
        self.down = Linear(64, 16)

    def forward(self, x, dropout):
        return self.down(F.gelu(self.up(x), approximate="tanh")) * dropout / 0.75


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_norm = nn.LayerNorm(16)
        self.gpt2_attention = Gpt2Attention()
        self.layer_norm_2 = nn.LayerNorm(16)
        self.gpt2_mlp = Gpt2Mlp()

    def forward(self, x, dropout, dropout_2):
        x = x + self.gpt2_attention(self.layer_norm(x), dropout)
        return x + self.gpt2_mlp(self.layer_norm_2(x), dropout_2)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.empty(11, 16))
        self.places = Embedding(7, 16)
        self.layers = nn.ModuleList(Layer() for _ in range(2))
        self.norm = nn.LayerNorm(16)

    def forward(
        self,
        tokens,
        positions,
        dropout_0,
        dropout_1,
        dropout_2,
        dropout_3,
        dropout_4,
        targets,
        counts,
        total,
    ) -> dict[str, torch.Tensor]:
        rows = F.embedding(tokens, self.table)
        x = (rows + self.places(positions)) * dropout_0 / 0.75
        dropouts = [dropout_1, dropout_3]
        dropouts_2 = [dropout_2, dropout_4]
        for layer, dropout, dropout_5 in zip(self.layers, dropouts, dropouts_2):
            x = layer(x, dropout, dropout_5)
        norm = self.norm(x)
        log_probabilities = linear_log_probability(norm, self.table, targets)
        loss = -((log_probabilities * counts).sum() / total)
        return {"loss": loss, "logProbabilities": log_probabilities}
