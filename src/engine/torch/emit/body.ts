/** Writes the `forward` of a module: which values get a name, which names, and which are written where they are used. */

import { call, type Expression, list, primary, textOf } from './expression.ts'
import { fits, indented, statement } from './layout.ts'
import { lowerings, type Place } from './lower.ts'
import { moduleExpression, weightExpression } from './members.ts'
import { nameOfPath, wantedName } from './nouns.ts'
import type { Body, CallStep, LoopStep, Step } from './plan.ts'
import { holderOf, isWithin, type ModuleTree } from './tree.ts'
import type { Value, ValueOp } from './values.ts'

export interface BodyContext extends Pick<Place<ValueOp>, 'use' | 'useLoss'> {
  readonly values: readonly Value[]
  readonly tree: ModuleTree
  /** The names that variables must not have: those of functions that modules print. */
  readonly reserved: ReadonlySet<string>
}

/** The names of a `forward` that are given: its arguments, and names wanted for some values. */
export interface Given {
  readonly arguments: ReadonlyMap<number, string>
  readonly wanted: ReadonlyMap<number, string>
}

/** The result of a `forward` as an expression of those of its outputs. */
export type Result = (outputs: readonly Expression[]) => Expression

/** The largest weight of an expression on one line; see `weightOf`. */
const heaviest = 5

/** The lines of the body of a `forward`, in a class. */
export function writeBody(context: BodyContext, body: Body, given: Given, result: Result): string[] {
  const writer = new BodyWriter(context, body, given, result)
  // Lines that are too long get more names, one at a time.
  for (;;) {
    const lines = writer.write()
    if (lines !== undefined) return lines
  }
}

/** The columns before a line of a `forward`. */
const indent = 8

class BodyWriter {
  readonly #context: BodyContext
  readonly #body: Body
  readonly #given: Given
  readonly #result: Result
  /** The step that computes each value. */
  readonly #maker = new Map<number, number>()
  /** How often each value is read, and the last step that reads it; the result counts as a step. */
  readonly #reads = new Map<number, { count: number; readers: number[] }>()
  /** The names that arguments have, and that are wanted for other values. */
  readonly #known: Map<number, string>
  /** The steps that are written where their value is read. */
  readonly #inline = new Set<number>()
  /** The steps that would make a line too long. */
  readonly #named = new Set<number>()
  #names = new Map<number, string>()
  /** The names of the lists that a loop fills, and the index in them of each value. */
  #collected = new Map<number, string>()

  constructor(context: BodyContext, body: Body, given: Given, result: Result) {
    this.#context = context
    this.#body = body
    this.#given = given
    this.#result = result
    for (const [s, step] of body.steps.entries()) {
      for (const output of step.outputs) this.#maker.set(output, s)
      for (const input of readsOf(step)) this.#read(input, s)
    }
    for (const output of body.outputs) this.#read(output, body.steps.length)
    this.#known = new Map([...given.wanted, ...given.arguments])
    // A variable that a loop carries is named after its last value from the start.
    for (const step of body.steps)
      if (step.type === 'loop')
        for (const argument of step.arguments)
          if (argument.type === 'carried' && !given.arguments.has(argument.value))
            this.#known.set(argument.value, this.#wanted(step.calls.at(-1)!.outputs[argument.output]!))
    this.#chooseInline()
  }

  #read(value: number, step: number): void {
    const reads = this.#reads.get(value) ?? { count: 0, readers: [] }
    reads.count++
    reads.readers.push(step)
    this.#reads.set(value, reads)
  }

  #chooseInline(): void {
    this.#inline.clear()
    const weights: number[] = []
    for (const [_s, step] of this.#body.steps.entries()) {
      const { steps } = this.#body
      let weight = weightOf(step, this.#context.values)
      if (takesExpressions(step, this.#context.values))
        for (const input of step.inputs) {
          const maker = this.#maker.get(input)
          if (maker === undefined || this.#reads.get(input)!.count !== 1) continue
          if (this.#named.has(maker) || !canStandInside(steps[maker]!)) continue
          if (weight + weights[maker]! > heaviest) continue
          weight += weights[maker]!
          this.#inline.add(maker)
        }
      weights.push(weight)
    }
    const last = this.#body.steps.length
    for (const output of new Set(this.#body.outputs)) {
      const maker = this.#maker.get(output)
      const reads = this.#reads.get(output)!
      if (
        maker !== undefined &&
        reads.count === 1 &&
        reads.readers[0] === last &&
        !this.#named.has(maker) &&
        canStandInside(this.#body.steps[maker]!)
      )
        this.#inline.add(maker)
    }
  }

  /** The lines; `undefined` if one was too long and another value got a name. */
  write(): string[] | undefined {
    this.#names = new Map(this.#given.arguments)
    this.#collected = new Map()
    this.#claimNames()
    const lines: string[] = []
    for (const [s, step] of this.#body.steps.entries()) {
      if (this.#inline.has(s)) continue
      const written = step.type === 'loop' ? this.#loop(step) : this.#assignment(step)
      if (written === undefined) return undefined
      lines.push(...written)
    }
    const result = this.#result(this.#body.outputs.map((output) => this.#expression(output)))
    if (!fits(`return ${result.text}`, indent) && this.#nameMore(this.#body.outputs, result.text)) return undefined
    return [...lines, ...statement('return ', result, indent)]
  }

  #assignment(step: ValueStep | CallStep): string[] | undefined {
    const targets = this.#targets(step)
    const head = `${targets} = `
    const expression = this.#stepExpression(step)
    if (!fits(head + expression.text, indent) && this.#nameMore(step.inputs, expression.text)) return undefined
    const lines = statement(head, expression, indent)
    const comment = layoutComment(step, this.#context.values)
    if (comment === undefined || lines.length > 1 || !fits(`${lines[0]}  # ${comment}`, indent)) return lines
    return [`${lines[0]}  # ${comment}`]
  }

  #targets(step: ValueStep | CallStep): string {
    const names = step.outputs.map((output) => this.#names.get(output)!)
    if (step.type === 'value' && isPair(this.#context.values[step.value]!) && names.length < 2) {
      const item = this.#context.values[step.outputs[0]!]!
      return item.op === 'item' && item.attributes.index === 1 ? `_, ${names[0]}` : `${names[0]}, _`
    }
    return names.join(', ')
  }

  #loop({ path, calls, arguments: given }: LoopStep): string[] | undefined {
    const { tree } = this.#context
    const [first] = calls as [CallStep]
    const modules = moduleExpression(tree, this.#body.path, path)
    const lines: string[] = []
    const item = this.#fresh(singular(nameOfPath(path)))
    const iterated: string[] = []
    const targets: string[] = []
    const written = given.map((argument, place) => {
      if (argument.type === 'shared') return this.#expression(argument.value)
      if (argument.type === 'carried') {
        const name = this.#names.get(calls.at(-1)!.outputs[argument.output]!)!
        const start = textOf(this.#expression(argument.value))
        if (start !== name) lines.push(`${name} = ${start}`)
        return primary(name)
      }
      const values = argument.values.map((value) => this.#expression(value))
      const wanted = wantedName(this.#context.values, first.inputs[place]!, new Map())
      const all = this.#fresh(plural(wanted))
      const name = this.#fresh(wanted.endsWith('s') ? wanted.slice(0, -1) : wanted)
      lines.push(...statement(`${all} = `, list(values), indent))
      iterated.push(all)
      targets.push(name)
      return primary(name)
    })
    const results = first.outputs.map((_, o) => {
      const each = calls.map(({ outputs }) => outputs[o]!)
      const carried = given.some((argument) => argument.type === 'carried' && argument.output === o)
      const name = carried
        ? this.#names.get(each.at(-1)!)!
        : this.#fresh(wantedName(this.#context.values, each[0]!, new Map()))
      const collected = this.#collected.get(each[0]!)?.split('[')[0]
      if (collected !== undefined) lines.push(`${collected} = []`)
      return { name, collected }
    })
    const over = iterated.length === 0 ? primary(modules) : call('zip', modules, ...iterated)
    lines.push(...statement(`for ${[item, ...targets].join(', ')} in `, over, indent, ':'))
    const body = statement(`${results.map(({ name }) => name).join(', ')} = `, call(item, ...written), indent + 4)
    for (const { name, collected } of results) if (collected !== undefined) body.push(`${collected}.append(${name})`)
    return [...lines, ...indented(body)]
  }

  /**
   * Gives a name to a part of a line that is too long, the largest of up to about half of it. Returns whether there was one. `values` are
   * those that the line reads.
   */
  #nameMore(values: readonly number[], line: string): boolean {
    const parts = this.#inlineParts(values)
      .map((maker) => ({ maker, length: this.#expression(this.#body.steps[maker]!.outputs[0]!).text.length }))
      .sort((a, b) => b.length - a.length)
    const part = parts.find(({ length }) => length <= 0.6 * line.length) ?? parts.at(-1)
    if (part === undefined) return false
    this.#named.add(part.maker)
    this.#chooseInline()
    return true
  }

  /** The steps that are written inside of the line that reads `values`. */
  #inlineParts(values: readonly number[]): number[] {
    return values.flatMap((value) => {
      const maker = this.#maker.get(value)
      if (maker === undefined || !this.#inline.has(maker)) return []
      return [maker, ...this.#inlineParts(this.#body.steps[maker]!.inputs)]
    })
  }

  #expression(value: number): Expression {
    const { values, tree } = this.#context
    const made = values[value]!
    if (made.op === 'constant') return lowerings.constant({ attributes: made.attributes } as Place<'constant'>)
    const collected = this.#collected.get(value)
    if (collected !== undefined) return primary(collected)
    const name = this.#names.get(value)
    if (name !== undefined) return primary(name)
    if (made.op === 'weight' && isWithin(holderOf(made.attributes.name), this.#body.path))
      return primary(weightExpression(tree, this.#body.path, made.attributes.name))
    return this.#stepExpression(this.#body.steps[this.#maker.get(value)!] as ValueStep | CallStep)
  }

  #stepExpression(step: ValueStep | CallStep): Expression {
    const { values, tree, use, useLoss } = this.#context
    if (step.type === 'call')
      return call(
        moduleExpression(tree, this.#body.path, step.path),
        ...step.inputs.map((input) => this.#expression(input)),
      )
    const value = values[step.value]!
    const x = value.inputs.map((input) => this.#expression(input))
    if (value.op === 'module') return call(moduleExpression(tree, this.#body.path, value.attributes.path), ...x)
    const { op, attributes, shape } = value
    const place = { x, from: value.inputs.map((input) => values[input]!), attributes, shape, use, useLoss }
    return (lowerings[op] as (place: Place<ValueOp>) => Expression)(place as Place<ValueOp>)
  }

  // Names

  /** Names are taken from the step that computes a value to the last that reads it; then another value may have them. */
  #until = new Map<string, number>()

  #claimNames(): void {
    this.#until = new Map()
    for (const [value, name] of this.#given.arguments) this.#until.set(name, this.#lastRead(value))
    for (const [s, step] of this.#body.steps.entries()) {
      if (this.#inline.has(s)) continue
      if (step.type === 'loop') this.#claimLoop(step, s)
      else
        for (const output of step.outputs)
          this.#names.set(output, this.#claim(this.#wanted(output), s, this.#lastRead(output)))
    }
  }

  #claimLoop(step: LoopStep, s: number): void {
    const finals = new Set<number>()
    for (const argument of step.arguments) {
      if (argument.type !== 'carried') continue
      const outputs = step.calls.map((each) => each.outputs[argument.output]!)
      const final = outputs.at(-1)!
      finals.add(final)
      this.#names.set(final, this.#claim(this.#wanted(final), s, this.#lastRead(final)))
      if (outputs.slice(0, -1).some((each) => step.outputs.includes(each)))
        this.#collect(outputs, `${this.#names.get(final)!}s`, s)
    }
    for (const [o] of step.calls[0]!.outputs.entries()) {
      const outputs = step.calls.map((each) => each.outputs[o]!)
      if (!finals.has(outputs.at(-1)!))
        this.#collect(outputs, plural(this.#wanted(outputs[0]!).replace(/_\d+$/, '')), s)
    }
  }

  #collect(outputs: readonly number[], wanted: string, s: number): void {
    const name = this.#claim(wanted, s, this.#body.steps.length)
    for (const [i, output] of outputs.entries()) this.#collected.set(output, `${name}[${i}]`)
  }

  #wanted(value: number): string {
    return wantedName(this.#context.values, value, this.#known)
  }

  #claim(wanted: string, from: number, until: number): string {
    const isFree = (name: string) => !this.#context.reserved.has(name) && (this.#until.get(name) ?? -1) <= from
    let name = wanted
    for (let count = 2; !isFree(name); count++) name = `${wanted}_${count}`
    this.#until.set(name, until)
    return name
  }

  /** A name for the variable of a loop, which no other value has. */
  #fresh(wanted: string): string {
    const taken = (name: string) => this.#until.has(name) || this.#context.reserved.has(name)
    let name = wanted
    for (let count = 2; taken(name); count++) name = `${wanted}_${count}`
    this.#until.set(name, Number.POSITIVE_INFINITY)
    return name
  }

  /** The last step whose line reads a value; steps that are written inside of others are read there. */
  #lastRead(value: number): number {
    const readers = this.#reads.get(value)?.readers ?? []
    return Math.max(-1, ...readers.map((s) => this.#lineOf(s)))
  }

  #lineOf(s: number): number {
    const step = this.#body.steps[s]
    return step !== undefined && this.#inline.has(s) ? this.#lastRead(step.outputs[0]!) : s
  }
}

type ValueStep = Extract<Step, { type: 'value' }>

/** The values that a step reads, each as often as its text does. */
function readsOf(step: Step): readonly number[] {
  if (step.type !== 'loop') return step.inputs
  return step.arguments.flatMap((argument) => (argument.type === 'each' ? argument.values : [argument.value]))
}

const isPair = (value: Value) =>
  value.op === 'linear_log_probability' && (value.attributes.entropy || value.attributes.weighted)

/** Whether the value of a step may be written where it is read. */
function canStandInside(step: Step): boolean {
  return step.type !== 'loop' && step.outputs.length === 1
}

/** Whether a step may have whole expressions for its operands. */
function takesExpressions(step: Step, values: readonly Value[]): boolean {
  if (step.type === 'loop') return false
  if (step.type === 'call') return true
  return !['attention', 'rope', 'linear_log_probability', 'concat'].includes(values[step.value]!.op)
}

/** How much a reader of a line has to take in: 1 for a call, less for a change of layout or an operator. */
function weightOf(step: Step, values: readonly Value[]): number {
  if (step.type !== 'value') return 1
  const { op } = values[step.value]!
  // Tables that all layers share have names, so that they are computed once.
  if (op === 'rotary' || op === 'packing' || op === 'band' || op === 'attention' || op === 'linear_log_probability')
    return heaviest
  return ['reshape', 'transpose', 'add', 'sub', 'mul', 'div', 'neg', 'slice', 'cast', 'sum', 'mean'].includes(op)
    ? 0.5
    : 1
}

/** The layout of heads, where a line makes it. */
function layoutComment(step: Step, values: readonly Value[]): string | undefined {
  if (step.type !== 'value') return undefined
  const value = values[step.value]!
  const splits = value.op === 'transpose' && value.shape.length === 4 && values[value.inputs[0]!]!.op === 'reshape'
  return splits && value.attributes.permutation.join() === '0,2,1,3' ? '(B, H, T, S)' : undefined
}

const singular = (name: string) => (name.length > 2 && name.endsWith('s') ? name.slice(0, -1) : `${name}_part`)
const plural = (name: string) => (name.endsWith('s') ? name : `${name}s`)
