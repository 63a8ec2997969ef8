"""llama-packed-lora, for PyTorch; written by llmpipe."""

import torch
import torch.nn.functional as F
from torch import nn


class Linear(nn.Linear):
    """x · weightᵀ + bias; the weights are loaded, so they are not initialized."""

    def reset_parameters(self):
        pass


class LoraLinear(Linear):
    """A Linear with a product of two small matrices beside it (Hu et al. 2021)."""

    def __init__(self, in_features, out_features, bias, rank, scale):
        super().__init__(in_features, out_features, bias)
        self.lora_A = Linear(in_features, rank, bias=False)
        self.lora_B = Linear(rank, out_features, bias=False)
        self.scale = scale

    def forward(self, x):
        return super().forward(x) + self.scale * self.lora_B(self.lora_A(x))


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


def packing(segments, causal, window=None):
    """Which token of a packed row sees which: those of its own text, up to itself; with a window, at most that many."""
    visible = segments[:, None, :, None] == segments[:, None, None, :]  # (B, 1, T, T)
    if causal:
        visible = visible.tril()
    return visible if window is None else visible.triu(1 - window)


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


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = LoraLinear(576, 576, bias=False, rank=16, scale=2.0)
        self.k = Linear(576, 192, bias=False)
        self.v = LoraLinear(576, 192, bias=False, rank=16, scale=2.0)
        self.o = Linear(576, 576, bias=False)

    def forward(self, x, rotary_table, mask):
        q = self.q(x).unflatten(-1, (9, 64)).transpose(1, 2)  # (B, H, T, S)
        q = rotate(q, rotary_table)
        k = self.k(x).unflatten(-1, (3, 64)).transpose(1, 2)  # (B, H, T, S)
        k = rotate(k, rotary_table)
        v = self.v(x).unflatten(-1, (3, 64)).transpose(1, 2)  # (B, H, T, S)
        y = F.scaled_dot_product_attention(
            q,
            k.repeat_interleave(3, dim=1),
            v.repeat_interleave(3, dim=1),
            attn_mask=mask,
        )
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

    def forward(self, x, rotary_table, mask):
        x = x + self.attention(self.rms_norm(x), rotary_table, mask)
        return x + self.swiglu(self.rms_norm_2(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = Embedding(49152, 576)
        self.layers = nn.ModuleList(Layer() for _ in range(30))
        self.norm = nn.RMSNorm(576, eps=1e-5)
        self.head = Linear(576, 49152, bias=False)

    def forward(
        self,
        tokens,
        positions,
        segments,
        targets,
        counts,
        total,
    ) -> dict[str, torch.Tensor]:
        x = self.embeddings(tokens)
        rotary_table = rotary(positions, 64, base=10000.0)
        mask = packing(segments, causal=True)
        for layer in self.layers:
            x = layer(x, rotary_table, mask)
        norm = self.norm(x)
        weighted_sum, log_probabilities = linear_cross_entropy(
            norm,
            self.head.weight,
            targets,
            counts,
        )
        return {"loss": -(weighted_sum / total), "logProbabilities": log_probabilities}
