"""Takes steps of DPO in PyTorch and prints the medians of a step as JSON: peer.py OPTIONS, as JSON."""

import json
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

options = json.loads(sys.argv[1])
torch.set_num_threads(options["threads"])
torch.manual_seed(1)
vocab, dim, layers, heads, groups, hidden = 49152, 576, 30, 9, 3, 1536
size = dim // heads
beta = 0.1


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return F.rms_norm(x, (dim,), self.gain, 1e-5)


def rotate(x, cosine, sine):
    first, second = x.chunk(2, -1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), -1)


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.norm_2 = Norm(), Norm()
        self.q, self.k, self.v = linear(dim, dim), linear(dim, groups * size), linear(dim, groups * size)
        self.o = linear(dim, dim)
        self.gate, self.up, self.down = linear(dim, hidden), linear(dim, hidden), linear(hidden, dim)

    def forward(self, x, cosine, sine):
        batch, length, _ = x.shape
        h = self.norm(x)
        q = rotate(self.q(h).view(batch, length, heads, size).transpose(1, 2), cosine, sine)
        k = rotate(self.k(h).view(batch, length, groups, size).transpose(1, 2), cosine, sine)
        v = self.v(h).view(batch, length, groups, size).transpose(1, 2)
        shared = heads // groups
        k, v = k.repeat_interleave(shared, 1), v.repeat_interleave(shared, 1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(y.transpose(1, 2).reshape(batch, length, dim))
        h = self.norm_2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(vocab, dim)
        nn.init.normal_(self.table.weight, std=0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(layers))
        self.norm = Norm()

    def forward(self, tokens):
        places = torch.arange(tokens.shape[1]).float()
        angles = torch.outer(places, 10000 ** (-torch.arange(size // 2) / (size // 2)))
        x = self.table(tokens)
        for block in self.blocks:
            x = block(x, angles.cos(), angles.sin())
        return F.linear(self.norm(x), self.table.weight)


model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
pairs = [[torch.randint(vocab, (length,)) for length in pair] for pair in options["pairs"]]


def log_probabilities(pair):
    """The sum of log p over the tokens of each response."""
    longest = max(map(len, pair))
    tokens, mask = torch.zeros(2, longest, dtype=torch.long), torch.zeros(2, longest - 1)
    for i, sequence in enumerate(pair):
        tokens[i, : len(sequence)] = sequence
        mask[i, options["prompt"] - 1 : len(sequence) - 1] = 1
    losses = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten(), reduction="none")
    return (-losses.view(2, -1) * mask).sum(1)


with torch.no_grad():
    references = [log_probabilities(pair) for pair in pairs]

seconds, processor = [], []
for _ in range(options["steps"] + 1):
    start, used = time.perf_counter(), time.process_time()
    optimizer.zero_grad(set_to_none=True)
    for pair, reference in zip(pairs, references):
        better, worse = beta * (log_probabilities(pair) - reference)
        (-F.logsigmoid(better - worse) / len(pairs)).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    seconds.append(time.perf_counter() - start)
    processor.append(time.process_time() - used)

memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(
    json.dumps(
        {
            "seconds": statistics.median(seconds[1:]),
            "processor": statistics.median(processor[1:]),
            "memory": memory,
        }
    )
)
