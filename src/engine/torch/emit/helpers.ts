/** The functions that a module prints at its top if it uses them. */

export type Helper = keyof typeof helpers

/** The source of each function, as `ruff format` lays it out. */
export const helpers = {
  rotary: `
def rotary(positions, size, base):
    """The cosines and sines by which \`rotate\` turns heads of a size (Su et al. 2021)."""
    exponents = torch.arange(0, size, 2, dtype=torch.float64, device=positions.device)
    rates = (base ** (-exponents / size)).float()
    angles = positions.float()[:, None, :, None] * rates  # (B, 1, T, S/2)
    return angles.cos(), angles.sin()
`,
  rotate: `
def rotate(x, table):
    """Turns the pairs (x[i], x[i + S/2]) of heads (B, H, T, S) by their positions."""
    cos, sin = table
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)
`,
  reverse: `
def reverse(table):
    """The table that turns the other way."""
    cos, sin = table
    return cos, -sin
`,
  packing: `
def packing(segments, causal):
    """Which token of a packed row sees which: those of its segment, up to itself."""
    visible = segments[:, None, :, None] == segments[:, None, None, :]  # (B, 1, T, T)
    return visible.tril() if causal else visible
`,
  log_probability: `
def log_probability(logits, ids):
    """log softmax(logits)[id] of each row, in nats."""
    chosen = logits.gather(-1, ids.long().unsqueeze(-1)).squeeze(-1)
    return chosen - logits.logsumexp(-1)
`,
} as const
