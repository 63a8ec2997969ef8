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
def packing(segments, causal):
    """Which token of a packed row sees which: those of its own text, up to itself."""
    visible = segments[:, None, :, None] == segments[:, None, None, :]  # (B, 1, T, T)
    return visible.tril() if causal else visible
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
