/** Emits a tensor graph as the source of a Python module for PyTorch: forward and loss; gradients are autograd's. */

import type { Graph } from '../../../model/graph.ts'
import type { Precision } from '../../names.ts'
import { writeBody } from './body.ts'
import { chunkedSource, featuresOf } from './chunked.ts'
import { type ClassContext, Classes, signature } from './classes.ts'
import { call, dictionary, type Expression } from './expression.ts'
import { halvedWeights } from './halves.ts'
import { type Helper, helpers, withNeeds } from './helpers.ts'
import { indented } from './layout.ts'
import { withLeaves } from './leaves.ts'
import { type LinearLogProbability, withChunkedLoss } from './loss.ts'
import { hasHidden, moduleExpression } from './members.ts'
import { Names, variable } from './names.ts'
import { planBodies } from './plan.ts'
import { withPrecision } from './precision.ts'
import { isList, ModuleTree } from './tree.ts'
import { valuesOf } from './values.ts'

export interface TorchModuleOptions {
  /** The title of the module in its docstring: `base of pipeline.llmpipe`. */
  readonly name?: string
  /** The format of products and of the numbers between them; default float32. See precision.ts. */
  readonly precision?: Precision
}

export interface TorchModule {
  /**
   * The source: it imports only torch, and defines `class Model(nn.Module)`. Its parameters are uninitialized, and `get_parameter` finds
   * each under the name of the weight; `forward` returns the outputs by name, in float32.
   */
  readonly source: string
  /** The argument of `forward` for each input of the graph. */
  readonly inputs: Readonly<Record<string, string>>
  /** The attributes of the model that are a ModuleList of its layers: the units of compilation, sharding and recomputation. */
  readonly lists: readonly string[]
  /** The layers in these lists whose weights nothing else reads: `layers.0`. */
  readonly units: readonly string[]
  /** The weights of which it reads only the values in bfloat16; none in float32. */
  readonly halves: readonly string[]
}

/** The module of a graph without symbols. Throws a ShapeError if a size is not a number. */
export function torchModule(graph: Graph, options: TorchModuleOptions = {}): TorchModule {
  const { name = 'A model', precision = 'float32' } = options
  const all = withPrecision(withLeaves(withChunkedLoss(valuesOf(graph))), precision)
  const { values } = all
  const tree = new ModuleTree(graph, all.leaves)
  const bodies = planBodies(all, tree)
  const printed = new Printed(precision)
  const context: ClassContext = { values, tree, bodies, precision, reserved: reservedNames, ...printed.uses }
  const classes = new Classes(context, reservedClasses)
  const made = classes.constructorLines(tree.root)

  const names = new Names(reservedNames)
  const inputs = Object.fromEntries(Object.keys(graph.inputs).map((input) => [input, names.claim(variable(input))]))
  const given = new Map(
    values.flatMap((value, i) => (value.op === 'input' ? [[i, inputs[value.attributes.name]!] as const] : [])),
  )
  const body = bodies.get('')!
  const outputs = Object.entries(all.outputs)
  const wanted = new Map(outputs.map(([output, i]) => [i, variable(output)]))
  const result = (expressions: readonly Expression[]) => {
    const byValue = new Map(body.outputs.map((value, i) => [value, expressions[i]!]))
    return dictionary(
      outputs.map(([output, i]) => [
        output,
        values[i]!.op === 'constant' ? call('torch.tensor', byValue.get(i)!) : byValue.get(i)!,
      ]),
    )
  }
  const forward = writeBody(context, body, { arguments: given, wanted }, result)

  const model = [
    'class Model(nn.Module):',
    ...indented([
      'def __init__(self):',
      ...indented(['super().__init__()', ...made]),
      ...(hasHidden(tree.root) ? ['', ...getParameter] : []),
      '',
      ...signature('forward', ['self', ...Object.values(inputs)], 4, ' -> dict[str, torch.Tensor]'),
      ...indented(forward),
    ]),
  ].join('\n')
  const usesF = [...printed.texts(), ...classes.texts, model].some((text) => /\bF\./.test(text))
  const imports = ['import torch', ...(usesF ? ['import torch.nn.functional as F'] : []), 'from torch import nn']
  const source = [
    `"""${docstring(name)}, for PyTorch; written by llmpipe."""\n\n${imports.join('\n')}`,
    ...printed.texts(),
    ...classes.texts,
    model,
  ].join('\n\n\n')
  const lists = [...tree.root.children.values()].filter(isList)
  const layers = lists.flatMap((list) => [...list.children.values()].map(({ path }) => path))
  // A layer is called by its expression; one whose weights the model reads by itself has more behind it.
  const units = layers.filter((path) => !model.includes(`${moduleExpression(tree, '', path)}.`))
  const weights = graph.weights.map((weight) => weight.name)
  const halves = precision === 'bfloat16' ? halvedWeights(all, weights) : []
  return { source: `${source}\n`, inputs, lists: lists.map(({ path }) => path), units, halves }
}

/** The functions and classes that the module uses and prints at its top. */
class Printed {
  readonly #precision: Precision
  readonly #used = new Set<Helper>()
  readonly #losses = new Map<string, string>()
  readonly uses: Pick<ClassContext, 'use' | 'useLoss'>

  constructor(precision: Precision) {
    this.#precision = precision
    this.uses = {
      use: (helper) => {
        this.#used.add(helper)
        return helper
      },
      useLoss: (loss) => this.#useLoss(loss),
    }
  }

  texts(): string[] {
    return [...withNeeds(this.#used).map((helper) => helpers[helper].source(this.#precision)), ...this.#losses.keys()]
  }

  #useLoss(loss: LinearLogProbability): string {
    const base = loss.weighted ? 'linear_cross_entropy' : 'linear_log_probability'
    const name = (count: number) => (count === 1 ? base : `${base}_${count}`)
    for (const [text, known] of this.#losses) if (chunkedSource(known, featuresOf(loss)) === text) return known
    const made = name(this.#losses.size + 1)
    this.#losses.set(chunkedSource(made, featuresOf(loss)), made)
    return made
  }
}

const lossNames = ['linear_cross_entropy', 'linear_log_probability']
const reservedNames: ReadonlySet<string> = new Set([...Object.keys(helpers), ...lossNames])
const reservedClasses = [
  'Model',
  'LinearCrossEntropy',
  'LinearLogProbability',
  'F',
  'None',
  'True',
  'False',
  ...Object.keys(helpers),
]

/** Finds weights whose names are those of attributes of every nn.Module. */
const getParameter = ['def get_parameter(self, target):', '    return dict(self.named_parameters())[target]']

/** A title as the beginning of a docstring. */
const docstring = (name: string) => name.replaceAll('\\', '\\\\').replaceAll('"', "'").replace(/\s+/g, ' ')
