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


class LinearCrossEntropy(torch.autograd.Function):
    """Computes logits a chunk of rows at a time, and gradients with them."""

    @staticmethod
    def forward(ctx, x, table, ids, weights, learns):
        step = max(1, 2**26 // len(table))  # 256 MiB of logits
        weight = table.to(x.dtype)
        chosen = []
        grad_x = torch.empty_like(x) if learns else None
        learns_table = learns and ctx.needs_input_grad[1]
        grad_table = torch.zeros_like(table) if learns_table else None
        for start in range(0, len(x), step):
            rows = slice(start, start + step)
            id_rows, weight_rows = ids[rows, None], weights[rows, None]
            logits = F.linear(x[rows], weight).float()
            logs = F.log_softmax(logits, dim=-1)
            chosen.append(logs.gather(-1, id_rows)[:, 0])
            if not learns:
                continue
            # The gradient of log p[id] in the logits is 1 at the id, minus p.
            grad_logits = logs.exp_().mul_(-weight_rows)
            grad_logits.scatter_add_(-1, id_rows, weight_rows)
            grad_logits = grad_logits.to(x.dtype)
            grad_x[rows] = grad_logits @ weight
            if grad_table is not None:
                grad_table += grad_logits.mT @ x[rows]
        log_probabilities = torch.cat(chosen)
        ctx.save_for_backward(grad_x, grad_table)
        ctx.mark_non_differentiable(log_probabilities)
        return (log_probabilities * weights).sum(), log_probabilities

    @staticmethod
    def backward(ctx, grad, _):
        grad_x, grad_table = ctx.saved_tensors
        if grad_table is not None:
            grad_table = grad_table * grad
        return grad_x * grad, grad_table, None, None, None


def linear_cross_entropy(x, table, ids, weights):
    """The sum of weight * log softmax(logits)[id] over rows x, and its terms."""
    x, rows, w = x.flatten(0, -2), ids.flatten().long(), weights.flatten()
    learns = torch.is_grad_enabled()
    pair = LinearCrossEntropy.apply(x, table, rows, w, learns)
    return pair[0], pair[1].view(ids.shape)


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
        weighted_sum, log_probabilities = linear_cross_entropy(
            norm,
            self.table,
            targets,
            counts,
        )
        return {"loss": -(weighted_sum / total), "logProbabilities": log_probabilities}
