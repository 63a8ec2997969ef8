/** Models that no textbook has: odd structures, and names that Python or nn.Module has taken. */

import { parse } from '../../../../grammar/parse.ts'
import { architecture } from '../../../../src/language/architecture.ts'
import { bind } from '../../../../src/model/bind.ts'
import type { Graph } from '../../../../src/model/graph.ts'
import type { ModelSpec } from '../../../../src/model/spec.ts'

const blocks = `
block mlp(x, hidden) {
  up = linear(x, hidden)
  down = relu(up) |> linear(8)
  down
}

block nested(x) {
  repeat 2 {
    x = x + mlp(layer_norm(x), 12)
  }
  x
}

block forward(x) {
  train = linear(x, 8, bias: true)
  type = weight(8)
  train * type
}

block halves(x) {
  x = x * 0.5
  x
}

block scaled_by(x, table) {
  gain = weight(8)
  x * gain + matmul(softmax(matmul(x, table, transpose: true)), table)
}

block mixed(x: [batch, time, dim], heads, window) {
  q = linear(x, dim) |> split_heads(heads) |> rope()
  k, v = linear(x, dim) |> split(2)
  slopes = weight(heads, 1, 1)
  bias = exp(slopes) * (key_positions() - query_positions())
  sinks = weight(heads)
  y = scaled_dot_product(q, split_heads(k, 2), split_heads(v, 2), window: window, cap: 2, bias: bias, sinks: sinks)
  merge_heads(y) |> linear(dim)
}

block turned(x: [batch, time, dim], q) {
  k = linear(x, dim) |> split_heads(2) |> rope(100)
  scaled_dot_product(q, k, k) |> merge_heads()
}

block local(x: [batch, time, dim], heads, window) {
  q, k, v = linear(x, 3 * dim) |> split(3)
  y = scaled_dot_product(split_heads(q, heads), split_heads(k, heads), split_heads(v, heads), window: window)
  merge_heads(y) |> linear(dim)
}

block mixture(x: [batch, time, dim], experts, top, hidden) {
  probabilities = linear(x, experts) |> softmax()
  chosen = probabilities * top_k(probabilities, top)
  shares = chosen / sum(chosen)
  gate = expert_linear(x, hidden, experts)
  up = expert_linear(x, hidden, experts)
  down = expert_sum(silu(gate) * up, shares, dim)
  down
}

block square(x) {
  x * x
}

block shelf(x) {
  board = weight(11, 8)
  board
}
`

const bodies: Readonly<Record<string, string>> = {
  'no layers': 'linear(embedding(tokens, vocab, 8), vocab)',
  'one layer': `
    x = embedding(tokens, vocab, 8)
    repeat 1 { x = x + mlp(rms_norm(x), 16) }
    linear(x, vocab)`,
  'two groups of layers': `
    x = embedding(tokens, vocab, 8)
    repeat 2 { x = x + mlp(rms_norm(x), 16) }
    x = layer_norm(x)
    repeat 3 { x = x + mlp(x, 12) }
    linear(x, vocab)`,
  'layers in layers': `
    x = embedding(tokens, vocab, 8)
    repeat 2 {
      x = nested(x)
      x = x + linear(x, 8, bias: true)
    }
    linear(x, vocab)`,
  'layers that differ': `
    x = embedding(tokens, vocab, 8)
    repeat 4 as i { x = x + if i < 2 { mlp(x, 12) } else { linear(x, 8) } }
    linear(x, vocab)`,
  'layers of which some have no weights': `
    x = embedding(tokens, vocab, 8)
    repeat 3 as i { x = if i == 1 { x + tanh(x) } else { x + linear(x, 8) } }
    linear(x, vocab)`,
  'layers without weights': `
    x = embedding(tokens, vocab, 8)
    repeat 3 { x = x + tanh(x) }
    linear(x, vocab)`,
  'layers that share a table': `
    table = weight(vocab, 8)
    x = embed(tokens, table)
    repeat 3 { x = x + scaled_by(x, table) }
    unembed(x, table)`,
  'layers that all are read at the end': `
    x = embedding(tokens, vocab, 8)
    all = x
    repeat 3 {
      x = x + mlp(x, 12)
      all = all + x
    }
    linear(all + x, vocab)`,
  'layers that compute the same besides': `
    table = weight(8)
    x = embedding(tokens, vocab, 8)
    repeat 3 { x = x * sigmoid(table) + linear(x, 8) }
    linear(x, vocab)`,
  'a weight of a block that is used outside': `
    x = embedding(tokens, vocab, 8)
    board = shelf(x)
    x = x + embed(tokens, board)
    unembed(x, board)`,
  'a function with the name of a part': `
    x = embedding(tokens, vocab, 8)
    halves = mlp(x, 12)
    y = halves + halves(x)
    halves(linear(y + mlp(halves(y), 12), vocab))`,
  // The bias falls with the distance (Press et al. 2022).
  'attention of all sorts': `
    x = embedding(tokens, vocab, 8)
    repeat 2 as i { x = x + mixed(x, 4, i + 2) }
    linear(x, vocab)`,
  'rotary positions of all sorts': `
    x = embedding(tokens, vocab, 16)
    q = linear(x, 16)
    x = x + turned(q, rope(split_heads(q, 2), 100, size: 4))
    x = x + turned(q, rope(split_heads(q, 2), 100, scaling: "linear", factor: 4))
    x = x + turned(q, rope(split_heads(q, 2), 100, scaling: "llama3", factor: 8, original: 64))
    x = x + turned(q, rope(split_heads(q, 2), 100, scaling: "yarn", factor: 4, original: 64, fast: 5))
    linear(x, vocab)`,
  'a mixture of experts': `
    x = embedding(tokens, vocab, 8)
    repeat 2 { x = x + mixture(rms_norm(x), 5, 2, 12) }
    softcap(linear(x, vocab), 5)`,
  // The z-loss of ST-MoE (Zoph et al. 2022) and the balance of each text (DeepSeek-AI 2024, section 2.1.2), twice.
  'loss terms': `
    x = embedding(tokens, vocab, 8)
    repeat 2 {
      router = linear(x, 4)
      probabilities = softmax(router)
      chosen = top_k(probabilities, 2)
      loss_term(square(log(sum(exp(router)))), "z_loss", weight: 0.01)
      loss_term(4 * sum(mean(chosen, axis: 1) * mean(probabilities, axis: 1)), name: "balance", weight: 0.1)
      mixed = linear(probabilities * chosen, 8)
      x = x + mixed
    }
    linear(x, vocab)`,
  // Token shift (Peng et al. 2023) and short convolutions (Poli et al. 2023) before attention.
  'earlier tokens': `
    x = embedding(tokens, vocab, 8)
    repeat 2 {
      x = x + linear(concat(shift(x), shift(x, 3) * 0.5), 8)
      x = x + local(conv1d(rms_norm(x), 3, bias: true), 2, 0)
    }
    linear(shift(x, 2) + x, vocab)`,
  'the larger and the smaller': `
    x = embedding(tokens, vocab, 8)
    y = linear(x, 8)
    x = max(x, y) + min(abs(y), 0.1) + clamp(y, -0.5, 0.5) + greater(y, x) * x
    linear(x, vocab)`,
  'attention within windows': `
    x = embedding(tokens, vocab, 8)
    repeat 4 as i { x = x + local(rms_norm(x), 2, if i == 3 { 8 } else { 2 }) }
    linear(x, vocab)`,
  'a cap on the logits': `
    x = rms_norm(embedding(tokens, vocab, 8))
    tanh(linear(x, vocab, bias: true) / 5) * 5`,
  'names of Python and of nn.Module': `
    lambda = embedding(tokens, vocab, 8)
    class = layer_norm(lambda)
    none = linear(class, 8)
    None = mlp(none, 12)
    forward = forward(None)
    half = mlp(forward, 12)
    parameters = linear(half, 8)
    _modules = weight(8)
    __private = mlp(parameters * _modules, 12)
    from = weight(8)
    self = linear(__private * from, 8)
    torch = linear(self, 8)
    nn = rms_norm(torch)
    F = linear(nn, 8, bias: true)
    Model = mlp(F, 12)
    Linear = mlp(Model, 12)
    rotate = linear(Linear, 8) |> split_heads(2) |> rope() |> merge_heads()
    super = linear(rotate, 8)
    print = linear(super, vocab)
    print`,
  'long names': `
    an_embedding_of_tokens_with_a_very_long_name_that_nobody_would_type = embedding(tokens, vocab, 8)
    another_name_that_is_also_much_longer_than_a_line_of_python_should_be = linear(an_embedding_of_tokens_with_a_very_long_name_that_nobody_would_type, 8)
    x = another_name_that_is_also_much_longer_than_a_line_of_python_should_be * an_embedding_of_tokens_with_a_very_long_name_that_nobody_would_type
    linear(x, vocab)`,
}

const sizes = { batch: 2, time: 5 }

/** A strange model by its name. */
export function strangeSpec(name: string): ModelSpec {
  const { program, problems } = parse('strange', `${blocks}\nmodel strange(vocab, context) {${bodies[name]!}\n}\n`)
  if (problems.length > 0) throw new Error(`${name}: ${JSON.stringify(problems)}`)
  return architecture(program, 'strange', { vocab: 11, context: 8 })
}

/** The graphs of strange models, which give logits [2, 5, 11]. */
export const strange: Readonly<Record<string, Graph>> = Object.fromEntries(
  Object.keys(bodies).map((name) => [name, bind(strangeSpec(name).graph, sizes)]),
)
