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
