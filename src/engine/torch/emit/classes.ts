/** Writes the classes of a module: one for each part of a model, and one for all parts that are equal. */

import type { Precision } from '../../names.ts'
import { type BodyContext, writeBody } from './body.ts'
import { call, type Expression, literal, primary, quoted, textOf } from './expression.ts'
import type { Helper } from './helpers.ts'
import { fits, indented, statement } from './layout.ts'
import type { Leaf } from './leaves.ts'
import { assignment } from './members.ts'
import { Names } from './names.ts'
import { nameOfPath, wantedName } from './nouns.ts'
import type { Body } from './plan.ts'
import { isList, isSparseList, type ModuleNode } from './tree.ts'

export interface ClassContext extends BodyContext {
  readonly precision: Precision
  readonly bodies: ReadonlyMap<string, Body>
}

export class Classes {
  readonly #context: ClassContext
  /** The classes by their texts without the first line. */
  readonly #known = new Map<string, string>()
  readonly #names: Names
  /** The texts of the classes, each after those that it uses. */
  readonly texts: string[] = []

  constructor(context: ClassContext, taken: Iterable<string>) {
    this.#context = context
    this.#names = new Names(taken)
  }

  /** The lines of `__init__` that make the weights and the parts of a module. */
  constructorLines(node: ModuleNode): string[] {
    const made: { readonly first: number; readonly lines: readonly string[] }[] = []
    for (const [name, { shape, place }] of node.weights) {
      const [head, tail] = assignment(node, name, 'parameter')
      const tensor = call('torch.empty', shape.length === 0 ? '()' : shape.join(', '))
      made.push({ first: place, lines: statement(head, call('nn.Parameter', tensor), 8, tail) })
    }
    for (const child of node.children.values()) {
      const [head, tail] = assignment(node, child.name, 'module')
      made.push({ first: firstWeight(child), lines: statement(head, this.#construct(child), 8, tail) })
    }
    return made.sort((a, b) => a.first - b.first).flatMap(({ lines }) => lines)
  }

  /** The expression that makes a module. */
  #construct(node: ModuleNode): Expression {
    const leaf = this.#context.tree.leaf(node.path)
    if (leaf !== undefined) return this.#constructLeaf(leaf)
    const children = [...node.children.values()]
    if (isList(node)) {
      const parts = children.map((child) => textOf(this.#construct(child)))
      const [first] = parts
      if (parts.length > 1 && parts.every((part) => part === first))
        return call('nn.ModuleList', `${first} for _ in range(${parts.length})`)
      return call('nn.ModuleList', `[${parts.join(', ')}]`)
    }
    if (isSparseList(node)) {
      const parts = children.map((child) => `${quoted(child.name)}: ${textOf(this.#construct(child))}`)
      return call('nn.ModuleDict', `{${parts.join(', ')}}`)
    }
    return primary(`${this.#classOf(node)}()`)
  }

  #constructLeaf(leaf: Leaf): Expression {
    const own = (name: Helper & ('LayerNorm' | 'RMSNorm')) =>
      this.#context.precision === 'bfloat16' ? this.#context.use(name) : `nn.${name}`
    const without = (bias: boolean) => (bias ? [] : ['bias=False'])
    switch (leaf.type) {
      case 'Linear':
        return call(this.#context.use('Linear'), String(leaf.from), String(leaf.to), ...without(leaf.bias))
      case 'LoraLinear':
        return call(
          this.#context.use('LoraLinear'),
          String(leaf.from),
          String(leaf.to),
          `bias=${leaf.bias ? 'True' : 'False'}`,
          `rank=${leaf.rank}`,
          `scale=${textOf(literal(leaf.scale))}`,
        )
      case 'Embedding':
        return call(this.#context.use('Embedding'), String(leaf.rows), String(leaf.size))
      case 'LayerNorm': {
        const epsilon = leaf.epsilon === 1e-5 ? [] : [`eps=${textOf(literal(leaf.epsilon))}`]
        return call(own('LayerNorm'), String(leaf.size), ...epsilon, ...without(leaf.bias))
      }
      case 'RMSNorm':
        return call(own('RMSNorm'), String(leaf.size), `eps=${textOf(literal(leaf.epsilon))}`)
    }
  }

  /** The name of the class of a part. */
  #classOf(node: ModuleNode): string {
    const made = this.constructorLines(node)
    const lines = ['    def __init__(self):', ...indented(indented(['super().__init__()', ...made]))]
    const body = this.#context.bodies.get(node.path)
    if (body !== undefined) lines.push('', ...indented(this.#forward(body)))
    const text = lines.join('\n')
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const name = this.#names.claim(className(node.path))
    this.#known.set(text, name)
    this.texts.push(`class ${name}(nn.Module):\n${text}`)
    return name
  }

  #forward(body: Body): string[] {
    const { values } = this.#context
    const names = new Names(this.#context.reserved)
    const given = new Map<number, string>()
    const stream = body.inputs.find((i) => isStream(values[i]!.op))
    for (const input of body.inputs) {
      const wanted = input === stream ? 'x' : wantedName(values, input, new Map())
      given.set(input, names.claim(wanted))
    }
    const result = (outputs: readonly Expression[]) =>
      outputs.length === 1 ? outputs[0]! : primary(outputs.map(textOf).join(', '))
    const lines = writeBody(this.#context, body, { arguments: given, wanted: new Map() }, result)
    return [...signature('forward', ['self', ...given.values()], 4), ...indented(lines)]
  }
}

/** `def name(a, b):`, broken if it is long. */
export function signature(name: string, names: readonly string[], indent: number, returns = ''): string[] {
  const line = `def ${name}(${names.join(', ')})${returns}:`
  if (fits(line, indent)) return [line]
  return [`def ${name}(`, ...indented(names.map((each) => `${each},`)), `)${returns}:`]
}

/** Whether a value is the one that a part transforms, and not a table, a mask or a weight that it is given besides. */
function isStream(op: string): boolean {
  return !['input', 'weight', 'rotary', 'packing', 'band', 'causal_mask', 'segment_mask', 'position_grid'].includes(op)
}

function firstWeight({ weights, children }: ModuleNode): number {
  return Math.min(...[...weights.values()].map(({ place }) => place), ...[...children.values()].map(firstWeight))
}

/** `layers.3.gpt2_mlp` is a Gpt2Mlp, `layers.3` a Layer. */
function className(path: string): string {
  const isPart = /\.\d+$/.test(path)
  const name = nameOfPath(path)
  const one = isPart && name.length > 2 && name.endsWith('s') ? name.slice(0, -1) : name
  return one.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()).replace(/_/g, '')
}
