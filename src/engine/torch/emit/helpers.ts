/** The functions and classes that a module prints at its top if it uses them, as `ruff format` lays them out. */

import type { Precision } from '../../names.ts'

export type Helper = keyof typeof helpers

export interface HelperSource {
  /** Other helpers that it uses. */
  readonly needs?: readonly string[]
  source(precision: Precision): string
}

/** The source for a precision: lines that begin with `32|` or `16|` are for float32 or bfloat16 only. */
const written =
  (text: string) =>
  (precision: Precision): string =>
    text
      .trim()
      .split('\n')
      .flatMap((line) => {
        const only = /^(32|16)\|/.exec(line)?.[1]
        if (only === undefined) return [line]
        return (only === '16') === (precision === 'bfloat16') ? [line.slice(3)] : []
      })
      .join('\n')

export const helpers = {
  Linear: {
    source: written(`
class Linear(nn.Linear):
32|    """x · weightᵀ + bias; the weights are loaded, so they are not initialized."""
16|    """x · weightᵀ + bias in the type of x, by weights that are kept in float32."""

    def reset_parameters(self):
        pass
16|
16|    def forward(self, x):
16|        bias = None if self.bias is None else self.bias.to(x.dtype)
16|        return F.linear(x, self.weight.to(x.dtype), bias)
`),
  },
  LoraLinear: {
    needs: ['Linear'],
    source: written(`
class LoraLinear(Linear):
    """A Linear with a product of two small matrices beside it (Hu et al. 2021)."""

    def __init__(self, in_features, out_features, bias, rank, scale):
        super().__init__(in_features, out_features, bias)
        self.lora_A = Linear(in_features, rank, bias=False)
        self.lora_B = Linear(rank, out_features, bias=False)
        self.scale = scale

    def forward(self, x):
        return super().forward(x) + self.scale * self.lora_B(self.lora_A(x))
`),
  },
  Embedding: {
    source: written(`
class Embedding(nn.Embedding):
32|    """The row of a table for each id; the table is loaded, so it is not initialized."""
16|    """The row of a table for each id, in bfloat16; the table is kept in float32."""

    def reset_parameters(self):
        pass
16|
16|    def forward(self, ids):
16|        return super().forward(ids).bfloat16()
`),
  },
  LayerNorm: {
    source: written(`
class LayerNorm(nn.LayerNorm):
    """Normalizes in float32."""

    def forward(self, x):
        return super().forward(x.float()).to(x.dtype)
`),
  },
  RMSNorm: {
    source: written(`
class RMSNorm(nn.RMSNorm):
    """Normalizes in float32."""

    def forward(self, x):
        return super().forward(x.float()).to(x.dtype)
`),
  },
  rotary: {
    source: written(`
def rotary(positions, size, base):
    """The cosines and sines by which heads of a size are rotated (Su et al. 2021)."""
    exponents = torch.arange(0, size, 2, dtype=torch.float64, device=positions.device)
    rates = (base ** (-exponents / size)).float()
    angles = positions.float()[:, None, :, None] * rates  # (B, 1, T, S/2)
    return angles.cos(), angles.sin()
`),
  },
  base_rates: {
    source: written(`
def base_rates(size, base):
    """The angles by which pairs of a head turn from token to token."""
    return base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
`),
  },
  linear_rates: {
    needs: ['base_rates'],
    source: written(`
def linear_rates(size, base, factor):
    """All pairs turn slower (Chen et al. 2023)."""
    return base_rates(size, base) / factor
`),
  },
  llama3_rates: {
    needs: ['base_rates'],
    source: written(`
def llama3_rates(size, base, factor, original, low, high):
    """Pairs that turn rarely within the original context turn slower (Llama 3.1)."""
    rates = base_rates(size, base)
    kept = ((original * rates / (2 * torch.pi) - low) / (high - low)).clamp(0, 1)
    return rates * (kept + (1 - kept) / factor)
`),
  },
  yarn_rates: {
    needs: ['base_rates'],
    source: written(`
def yarn_rates(size, base, factor, first, last):
    """Pairs turn slower, from the first to the last more and more (Peng et al. 2023)."""
    pairs = torch.arange(size // 2, dtype=torch.float64)
    slowed = ((pairs - first) / (last - first)).clamp(0, 1)
    return base_rates(size, base) * (1 - slowed + slowed / factor)
`),
  },
  rotary_by: {
    source: written(`
def rotary_by(positions, rates, gain=1.0):
    """The cosines and sines by which heads are rotated at these rates (Su et al. 2021), times a gain."""
    rates = rates.to(positions.device, torch.float32)
    angles = positions.float()[:, None, :, None] * rates  # (B, 1, T, S/2)
    return gain * angles.cos(), gain * angles.sin()
`),
  },
  reverse: {
    source: written(`
def reverse(table):
    """The table that rotates the other way."""
    cos, sin = table
    return cos, -sin
`),
  },
  rotate: {
    source: written(`
def rotate(x, table):
    """Rotates the pairs (x[i], x[i + S/2]) of heads (B, H, T, S) by their positions."""
    cos, sin = table
    a, b = x.chunk(2, dim=-1)
32|    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)
16|    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1).to(x.dtype)
`),
  },
  packing: {
    source: written(`
def packing(segments, causal, window=None):
    """Which token of a packed row sees which: those of its own text, up to itself; with a window, at most that many."""
    visible = segments[:, None, :, None] == segments[:, None, None, :]  # (B, 1, T, T)
    if causal:
        visible = visible.tril()
    return visible if window is None else visible.triu(1 - window)
`),
  },
  band: {
    source: written(`
def band(size, device, window=None):
    """Which token of a row sees which, (T, T): those up to itself; with a window, at most that many."""
    visible = torch.ones(size, size, dtype=torch.bool, device=device).tril()
    return visible if window is None else visible.triu(1 - window)
`),
  },
  attend: {
    source: written(`
def attend(q, k, v, scale, visible=None, bias=None, cap=None, sinks=None):
    """softmax(scale · q kᵀ) v, with what no fused kernel has: a cap on the logits, a bias, a key without a value."""
    shared = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(shared, dim=1), v.repeat_interleave(shared, dim=1)
32|    logits = scale * (q @ k.mT)  # (B, H, T, T)
16|    logits = scale * (q @ k.mT).float()  # (B, H, T, T)
    if cap is not None:
        logits = cap * torch.tanh(logits / cap)
    if bias is not None:
        logits = logits + bias.clamp(-1e8, 1e8)
    if visible is not None:
        logits = logits.masked_fill(~visible, -1e9)
    if sinks is not None:
        column = sinks.view(1, -1, 1, 1).expand(q.shape[0], -1, q.shape[2], 1)
        logits = torch.cat([logits, column], dim=-1)
    weights = logits.softmax(dim=-1)[..., : k.shape[2]]
32|    return weights @ v
16|    return weights.to(v.dtype) @ v
`),
  },
  shift: {
    source: written(`
def shift(x, positions, by):
    """x of the token \`by\` places before (B, T, ...); 0 at the beginning of a text."""
    others = x.dim() - 2
    moved = F.pad(x, (0, 0) * others + (by, 0))[:, : x.shape[1]]
    return moved * (positions >= by).view(*positions.shape, *(1,) * others)
`),
  },
  with_past: {
    source: written(`
def with_past(positions, past):
    """The positions of keys, (B, 1, 1, P + T): those of the past, and those of new tokens."""
    before = torch.arange(past, dtype=positions.dtype, device=positions.device)
    return torch.cat([before.expand(*positions.shape[:3], past), positions], dim=-1)
`),
  },
  top_k: {
    source: written(`
def top_k(x, k):
    """1 for each of the k largest numbers of a row, the first of equal ones, else 0."""
    places = x.argsort(dim=-1, descending=True, stable=True)[..., :k]
    return torch.zeros_like(x).scatter(-1, places, 1.0)
`),
  },
  log_probability: {
    source: written(`
def log_probability(logits, ids):
    """log softmax(logits)[id] of each row, in nats."""
    chosen = logits.gather(-1, ids.long().unsqueeze(-1)).squeeze(-1)
    return chosen - logits.logsumexp(-1)
`),
  },
} as const satisfies Readonly<Record<string, HelperSource>>

/** The helpers that are used, each after those that it needs. */
export function withNeeds(used: Iterable<Helper>): Helper[] {
  const ordered = new Set<Helper>()
  const add = (helper: Helper) => {
    const { needs = [] }: HelperSource = helpers[helper]
    for (const needed of needs) add(needed as Helper)
    ordered.add(helper)
  }
  for (const helper of used) add(helper)
  return (Object.keys(helpers) as Helper[]).filter((helper) => ordered.has(helper))
}
