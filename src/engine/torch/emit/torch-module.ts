/** Emits a tensor graph as the source of a Python module for PyTorch: forward and loss; gradients are autograd's. */

import type { Graph } from '../../../model/graph.ts'
import { numeric } from '../../../model/shape.ts'
import { type Expression, primary, quoted, textOf, tuple } from './expression.ts'
import { type Helper, helpers } from './helpers.ts'
import { lowerings, type Place } from './lower.ts'
import { Names, variable } from './names.ts'
import { type Value, type ValueOp, valuesOf } from './values.ts'

export interface TorchModuleOptions {
  /** The title of the module in its docstring: `base of pipeline.llmpipe`. */
  readonly name?: string
  /** The format of products; default float32. */
  readonly precision?: 'float32' | 'bfloat16'
}

export interface TorchModule {
  /**
   * The source: it imports only torch, and defines `class Model(nn.Module)`. Its parameters are uninitialized, and `get_parameter` finds
   * each under the name of the weight; `forward` returns the outputs by name.
   */
  readonly source: string
  /** The argument of `forward` for each input of the graph. */
  readonly inputs: Readonly<Record<string, string>>
}

/** The module of a graph without symbols. Throws a ShapeError if a size is not a number. */
export function torchModule(graph: Graph, { name = 'The model', precision }: TorchModuleOptions = {}): TorchModule {
  if (precision === 'bfloat16') throw new Error('modules in bfloat16 are not emitted yet')
  const { values, outputs } = valuesOf(graph)
  const names = new Names()
  const inputs = Object.fromEntries(Object.keys(graph.inputs).map((input) => [input, names.claim(variable(input))]))
  const used = new Set<Helper>()
  const use = (helper: Helper) => {
    used.add(helper)
    return helper
  }
  const written: Expression[] = []
  const lines: string[] = []
  for (const [i, value] of values.entries()) written.push(write(value, i))
  const source = [
    `"""${name}, as llmpipe emits it for PyTorch."""`,
    '',
    'import torch',
    'import torch.nn as nn',
    'import torch.nn.functional as F',
    ...[...used].flatMap((helper) => ['', helpers[helper].trimEnd()]),
    '',
    '',
    'class Model(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    ...graph.weights.map(
      (weight) => `        self.place(${quoted(weight.name)}, torch.empty(${tuple(weight.shape.map(numeric))}))`,
    ),
    '',
    '    def place(self, name, tensor):',
    '        *path, last = name.split(".")',
    '        module = self',
    '        for part in path:',
    '            if part not in module._modules:',
    '                module._modules[part] = nn.Module()',
    '            module = module._modules[part]',
    '        module._parameters[last] = nn.Parameter(tensor)',
    '',
    '    def get_parameter(self, target):',
    '        return dict(self.named_parameters())[target]',
    '',
    `    def forward(${['self', ...Object.values(inputs)].join(', ')}):`,
    '        weights = dict(self.named_parameters())',
    ...lines.map((line) => `        ${line}`),
    '        return {',
    ...Object.entries(outputs).map(([output, i]) => `            ${quoted(output)}: ${result(i)},`),
    '        }',
    '',
  ].join('\n')
  return { source, inputs }

  function write(value: Value, i: number): Expression {
    if (value.op === 'input') return primary(inputs[value.attributes.name]!)
    if (value.op === 'weight') return primary(`weights[${quoted(value.attributes.name)}]`)
    const { op, attributes, shape } = value
    const place = {
      x: value.inputs.map((input) => written[input]!),
      from: value.inputs.map((input) => values[input]!),
      attributes,
      shape,
      use,
    }
    const expression = (lowerings[op] as (place: Place<ValueOp>) => Expression)(place as Place<ValueOp>)
    if (op === 'constant') return expression
    lines.push(`v${i} = ${textOf(expression)}`)
    return primary(`v${i}`)
  }

  function result(i: number): string {
    const text = textOf(written[i]!)
    return values[i]!.op === 'constant' ? `torch.tensor(${text})` : text
  }
}
