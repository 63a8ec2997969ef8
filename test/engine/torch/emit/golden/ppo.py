"""ppo, for PyTorch; written by llmpipe."""

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


def packing(segments, causal, window=None):
    """Which token of a packed row sees which: those of its own text, up to itself; with a window, at most that many."""
    visible = segments[:, None, :, None] == segments[:, None, None, :]  # (B, 1, T, T)
    if causal:
        visible = visible.tril()
    return visible if window is None else visible.triu(1 - window)


class LinearLogProbability(torch.autograd.Function):
    """Computes logits a chunk of rows at a time, and again for their gradients."""

    @staticmethod
    def forward(ctx, x, table, ids, scale):
        ctx.step = max(1, 2**26 // len(table))  # 256 MiB of logits
        ctx.scale = scale
        weight = table.to(x.dtype)
        chosen, totals = [], []
        entropies = []
        for x_rows, id_rows in zip(x.split(ctx.step), ids.split(ctx.step)):
            logits = F.linear(x_rows, weight).float()
            logits = logits * scale
            total = logits.logsumexp(-1)
            chosen.append(logits.gather(-1, id_rows[:, None])[:, 0])
            totals.append(total)
            entropies.append(total - (logits.softmax(-1) * logits).sum(-1))
        totals = torch.cat(totals)
        entropies = torch.cat(entropies)
        ctx.save_for_backward(x, table, ids, totals, entropies)
        return torch.cat(chosen) - totals, entropies

    @staticmethod
    def backward(ctx, grad, grad_entropies):
        x, table, ids, totals, entropies = ctx.saved_tensors
        weight = table.to(x.dtype)
        grad_x = torch.empty_like(x)
        grad_table = torch.zeros_like(table) if ctx.needs_input_grad[1] else None
        for start in range(0, len(x), ctx.step):
            rows = slice(start, start + ctx.step)
            logits = F.linear(x[rows], weight).float()
            logits = logits * ctx.scale
            # The gradient of log p[id] in the logits is 1 at the id, minus p.
            logs = logits - totals[rows, None]
            grad_logits = torch.exp(logs) * -grad[rows, None]
            grad_logits.scatter_add_(-1, ids[rows, None], grad[rows, None])
            # That of the entropy H is -p · (log p + H).
            outer = logs + entropies[rows, None]
            grad_logits -= torch.exp(logs) * outer * grad_entropies[rows, None]
            grad_logits *= ctx.scale
            grad_logits = grad_logits.to(x.dtype)
            grad_x[rows] = grad_logits @ weight
            if grad_table is not None:
                grad_table += grad_logits.mT @ x[rows]
        return grad_x, grad_table, None, None


def linear_log_probability(x, table, ids, scale):
    """log softmax(logits)[id] and the entropy for each row x, in nats."""
    x, rows = x.flatten(0, -2), ids.flatten().long()
    pair = LinearLogProbability.apply(x, table, rows, scale)
    return pair[0].view(ids.shape), pair[1].view(ids.shape)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = Linear(16, 16, bias=False)
        self.k = Linear(16, 8, bias=False)
        self.v = Linear(16, 8, bias=False)
        self.o = Linear(16, 16, bias=False)

    def forward(self, x, rotary_table, mask):
        q = self.q(x).unflatten(-1, (4, 4)).transpose(1, 2)  # (B, H, T, S)
        q = rotate(q, rotary_table)
        k = self.k(x).unflatten(-1, (2, 4)).transpose(1, 2)  # (B, H, T, S)
        k = rotate(k, rotary_table)
        v = self.v(x).unflatten(-1, (2, 4)).transpose(1, 2)  # (B, H, T, S)
        y = F.scaled_dot_product_attention(
            q,
            k.repeat_interleave(2, dim=1),
            v.repeat_interleave(2, dim=1),
            attn_mask=mask,
        )
        return self.o(y.transpose(1, 2).flatten(2))


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

    def forward(self, x, rotary_table, mask):
        x = x + self.attention(self.rms_norm(x), rotary_table, mask)
        return x + self.swiglu(self.rms_norm_2(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = Embedding(11, 16)
        self.layers = nn.ModuleList(Layer() for _ in range(2))
        self.norm = nn.RMSNorm(16, eps=1e-5)
        self.head = Linear(16, 11, bias=False)
        self.value_head = Linear(16, 1)

    def forward(
        self,
        tokens,
        positions,
        segments,
        counts,
        total,
        targets,
        old,
        advantages,
        old_values,
        returns,
    ) -> dict[str, torch.Tensor]:
        x = self.embeddings(tokens)
        rotary_table = rotary(positions, 4, base=10000.0)
        mask = packing(segments, causal=True)
        for layer in self.layers:
            x = layer(x, rotary_table, mask)
        norm = self.norm(x)
        value_head = self.value_head(norm).squeeze(-1)
        log_probabilities, entropies = linear_log_probability(
            norm,
            self.head.weight,
            targets,
            scale=1.4285714285714286,
        )
        difference = (log_probabilities - old) * (counts > 0.0).float()
        smaller = difference.clamp(max=20.0)
        exponential = smaller.exp() * (difference - smaller + 1.0)
        advantages = -advantages
        advantages_2 = advantages * exponential
        advantages = advantages * exponential.clamp(min=0.8).clamp(max=1.2)
        policy_loss = (torch.maximum(advantages_2, advantages) * counts).sum() / total
        approximate_kl = ((exponential - 1.0 - difference) * counts).sum() / total
        is_greater = (exponential > 1.2).float()
        combined = is_greater + (0.8 > exponential).float()
        entropy = (entropies * counts).sum() / total
        clip_fraction = (combined * counts).sum() / total
        larger = (value_head - old_values).clamp(min=-0.2)
        difference = value_head - returns
        difference = difference * difference
        difference_2 = old_values + larger.clamp(max=0.2) - returns
        difference_2 = difference_2 * difference_2
        larger = torch.maximum(difference, difference_2)
        value_loss = (larger * counts).sum() / total * 0.5
        loss = policy_loss + value_loss * 0.5 - entropy * 0.01
        return {
            "loss": loss,
            "policyLoss": policy_loss,
            "entropy": entropy,
            "approximateKl": approximate_kl,
            "clipFraction": clip_fraction,
            "valueLoss": value_loss,
        }
