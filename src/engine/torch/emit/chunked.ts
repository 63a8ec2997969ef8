/** The Python source of log-probabilities that never hold all logits; see loss.ts. */

import type { LinearLogProbability } from './loss.ts'

/** The parts that logits have; the source has no lines for others. */
interface Features {
  readonly bias: boolean
  readonly cap: boolean
  readonly scale: boolean
  readonly entropy: boolean
  readonly weighted: boolean
}

export function featuresOf({ scale, cap, bias, temperature, entropy, weighted }: LinearLogProbability): Features {
  return { bias, cap: cap !== undefined, scale: temperature || scale !== 1, entropy, weighted }
}

/**
 * The sum Σ weight · log p. Its gradients but for a factor are known in the forward pass, so that logits are computed once (as in Liger
 * Kernel, Hsu et al. 2024). Lines are marked as in `template`.
 */
const weightedTemplate = `
class Class(torch.autograd.Function):
    """Computes logits a chunk of rows at a time, and gradients with them."""

    @staticmethod
    def forward(ctx, x, table, ids, weights, learns, more):
        step = max(1, 2**26 // len(table))  # 256 MiB of logits
        weight = table.to(x.dtype)
        chosen = []
        grad_x = torch.empty_like(x) if learns else None
        learns_table = learns and ctx.needs_input_grad[1]
        grad_table = torch.zeros_like(table) if learns_table else None
b|        grad_bias = torch.zeros_like(bias)
        for start in range(0, len(x), step):
            rows = slice(start, start + step)
            id_rows, weight_rows = ids[rows, None], weights[rows, None]
            logits = F.linear(x[rows], weightbias).float()
c|            capped = torch.tanh(logits / cap)
c|            logits = cap * capped
s|            logits = logits * scale
            logs = F.log_softmax(logits, dim=-1)
            chosen.append(logs.gather(-1, id_rows)[:, 0])
            if not learns:
                continue
            # The gradient of log p[id] in the logits is 1 at the id, minus p.
            grad_logits = logs.exp_().mul_(-weight_rows)
            grad_logits.scatter_add_(-1, id_rows, weight_rows)
s|            grad_logits *= scale
c|            grad_logits *= 1 - capped.square()
b|            grad_bias += grad_logits.sum(0)
            grad_logits = grad_logits.to(x.dtype)
            grad_x[rows] = grad_logits @ weight
            if grad_table is not None:
                grad_table += grad_logits.mT @ x[rows]
        log_probabilities = torch.cat(chosen)
        ctx.save_for_backward(grad_x, grad_tablegradbias)
        ctx.mark_non_differentiable(log_probabilities)
        return (log_probabilities * weights).sum(), log_probabilities

    @staticmethod
    def backward(ctx, grad, _):
        grad_x, grad_tablegradbias = ctx.saved_tensors
        if grad_table is not None:
            grad_table = grad_table * grad
        return grads


def function(x, table, ids, weightsoptions):
    """The sum of weight * log softmax(logits)[id] over rows x, and its terms."""
    x, rows, w = x.flatten(0, -2), ids.flatten().long(), weights.flatten()
    learns = torch.is_grad_enabled()
    pair = Class.apply(x, table, rows, w, learnsgiven)
    return pair[0], pair[1].view(ids.shape)
`

/** Lines that begin with `b|`, `c|`, `s|` or `e|` are for logits with a bias, a cap, a scale or entropies; with `!e|`, without. */
const template = `
class Class(torch.autograd.Function):
    """Computes logits a chunk of rows at a time, and again for their gradients."""

    @staticmethod
    def forward(ctx, x, table, ids, more):
        ctx.step = max(1, 2**26 // len(table))  # 256 MiB of logits
c|        ctx.cap = cap
s|        ctx.scale = scale
        weight = table.to(x.dtype)
        chosen, totals = [], []
e|        entropies = []
        for x_rows, id_rows in zip(x.split(ctx.step), ids.split(ctx.step)):
            logits = F.linear(x_rows, weightbias).float()
c|            logits = cap * torch.tanh(logits / cap)
s|            logits = logits * scale
            total = logits.logsumexp(-1)
            chosen.append(logits.gather(-1, id_rows[:, None])[:, 0])
            totals.append(total)
e|            entropies.append(total - (logits.softmax(-1) * logits).sum(-1))
        totals = torch.cat(totals)
e|        entropies = torch.cat(entropies)
        ctx.save_for_backward(saved)
!e|        return torch.cat(chosen) - totals
e|        return torch.cat(chosen) - totals, entropies

    @staticmethod
!e|    def backward(ctx, grad):
e|    def backward(ctx, grad, grad_entropies):
        names = ctx.saved_tensors
        weight = table.to(x.dtype)
        grad_x = torch.empty_like(x)
        grad_table = torch.zeros_like(table) if ctx.needs_input_grad[1] else None
b|        grad_bias = torch.zeros_like(bias)
        for start in range(0, len(x), ctx.step):
            rows = slice(start, start + ctx.step)
            logits = F.linear(x[rows], weightbias).float()
c|            capped = torch.tanh(logits / ctx.cap)
c|            logits = ctx.cap * capped
s|            logits = logits * ctx.scale
            # The gradient of log p[id] in the logits is 1 at the id, minus p.
!e|            grad_logits = torch.exp(logits - totals[rows, None]) * -grad[rows, None]
e|            logs = logits - totals[rows, None]
e|            grad_logits = torch.exp(logs) * -grad[rows, None]
            grad_logits.scatter_add_(-1, ids[rows, None], grad[rows, None])
e|            # That of the entropy H is -p · (log p + H).
e|            outer = logs + entropies[rows, None]
e|            grad_logits -= torch.exp(logs) * outer * grad_entropies[rows, None]
s|            grad_logits *= ctx.scale
c|            grad_logits *= 1 - capped.square()
b|            grad_bias += grad_logits.sum(0)
            grad_logits = grad_logits.to(x.dtype)
            grad_x[rows] = grad_logits @ weight
            if grad_table is not None:
                grad_table += grad_logits.mT @ x[rows]
        return grads


def function(x, table, idsoptions):
    """description"""
    x, rows = x.flatten(0, -2), ids.flatten().long()
!e|    return Class.apply(x, table, rowsgiven).view(ids.shape)
e|    pair = Class.apply(x, table, rowsgiven)
e|    return pair[0].view(ids.shape), pair[1].view(ids.shape)
`

/** The class and the function of that name. */
export function chunkedSource(name: string, features: Features): string {
  const { bias, cap, scale, entropy, weighted } = features
  const flags: Readonly<Record<string, boolean>> = { b: bias, c: cap, s: scale, e: entropy, '!e': !entropy }
  const names = [...(bias ? ['bias'] : []), ...(scale ? ['scale'] : []), ...(cap ? ['cap'] : [])]
  const saved = ['x', 'table', 'ids', 'totals', ...(bias ? ['bias'] : []), ...(entropy ? ['entropies'] : [])].join(', ')
  const description = entropy
    ? 'log softmax(logits)[id] and the entropy for each row x, in nats.'
    : 'log softmax(logits)[id] for each row x, in nats.'
  const words: Readonly<Record<string, string>> = {
    Class: name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    function: name,
    description,
    ', more': names.map((each) => `, ${each}`).join(''),
    weightbias: bias ? 'weight, bias.to(x.dtype)' : 'weight',
    saved,
    names: saved,
    gradbias: bias ? ', grad_bias' : '',
    weightsoptions: ['weights', ...names].join(', '),
    learnsgiven: ['learns', ...names].join(', '),
    grads: weighted
      ? [
          'grad_x * grad',
          'grad_table',
          'None',
          'None',
          'None',
          ...names.map((each) => (each === 'bias' ? 'grad_bias * grad' : 'None')),
        ].join(', ')
      : ['grad_x', 'grad_table', 'None', ...names.map((each) => (each === 'bias' ? 'grad_bias' : 'None'))].join(', '),
    idsoptions: ['ids', ...names].join(', '),
    rowsgiven: ['rows', ...names].join(', '),
  }
  return (weighted ? weightedTemplate : template)
    .trim()
    .split('\n')
    .flatMap((line) => {
      const flag = /^(!?[bcse])\|/.exec(line)?.[1]
      if (flag !== undefined && !flags[flag]) return []
      return [flag === undefined ? line : line.slice(flag.length + 1)]
    })
    .join('\n')
    .replace(
      /\bClass\b|\bfunction\b|\bdescription\b|, more\b|\bweightbias\b|\bsaved\b|\bnames\b|\bgrads\b|\bidsoptions\b|\browsgiven\b|gradbias\b|\bweightsoptions\b|\blearnsgiven\b/g,
      (word) => words[word]!,
    )
}
