/**
 * Reuses the evaluations of an earlier check of the same program, as an editor asks for one after each edit. docs/decisions/language-server.md
 * says why this is right.
 *
 * A binding such as `stage base = pretrain(…)` is not evaluated again if its declaration is the same object as before and no name in it,
 * directly or through other declarations, has changed its meaning. Its evaluation is then repeated step by step: it adds the same calls, with
 * new indices, and evaluates the same other declarations at the same points. Only evaluations without a diagnostic are kept. Values that
 * are cheap to evaluate (`param`, `let`), everything in a `for`, an `if` or a test, and all expectations and exports are evaluated each time.
 */

import { anyName } from '../../../grammar/pieces.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { entriesOf, type Module, type ModuleEntry } from '../1-resolve/module.ts'
import type { FactPart } from '../facts.ts'
import type { CheckedCall, ValueRef } from '../program.ts'
import { addTokenizers, type CallPlace, referenceFor } from './calls/record.ts'
import type { Checker } from './env.ts'
import { maxCalls } from './limits.ts'
import type { Value } from './values/values.ts'

/** The memory between two checks of the same program. The language server keeps one for each open program. */
export interface CheckMemory {
  previous?: Previous | undefined
}

/** A check that came to its end. */
export interface Previous {
  readonly modules: readonly Module[]
  readonly evaluations: ReadonlyMap<object, Evaluation>
}

/** Everything that evaluating a declaration did. */
export interface Evaluation {
  readonly values: readonly Value[]
  /** The calls that it added and the declarations that it needed, in their order. */
  readonly steps: readonly Step[]
  readonly used: ReadonlySet<string>
  /** The references of outputs that it made. */
  readonly references: readonly Referenced[]
  readonly models: ReadonlyMap<string, ModelSpec>
  /** The number of expressions that it evaluated. */
  readonly work: number
  readonly facts: FactPart
}

type Step = CheckedCall | { readonly file: string; readonly name: string }

interface Referenced {
  readonly place: CallPlace
  readonly kind: string
  readonly boundTo: readonly string[]
  readonly reference: string
}

/** An evaluation that is going on. */
export interface Frame {
  readonly steps: Step[]
  readonly needed: Set<object>
  readonly used: Set<string>
  readonly references: Referenced[]
  readonly models: Map<string, ModelSpec>
  /** The steps of the budget when it began, and those that evaluations inside of it took. */
  readonly begin: number
  inner: number
  /** Whether a later check can reuse it. */
  isReusable: boolean
}

/** Thrown if an evaluation cannot be repeated after all. The program is then checked from nothing. */
export class NotAsBefore extends Error {}

/** The evaluations of one check: those of the check before that still hold, and its own. */
export class Reuse {
  readonly frames: Frame[] = []
  readonly #made = new Map<object, Evaluation>()
  /** The evaluations of the check before that may be repeated. */
  #known: ReadonlyMap<object, Evaluation>
  readonly #changed: ReadonlySet<string>
  /** The new indices of calls of the check before. */
  readonly #moved = new Map<number, number>()

  constructor(entry: Module, modules: readonly Module[], previous: Previous | undefined) {
    const changed = previous && changedNames(entry, modules, previous)
    this.#known = changed === undefined ? new Map() : previous!.evaluations
    this.#changed = changed ?? new Set()
  }

  /** Whether any evaluation of an earlier check may be repeated. */
  get isActive(): boolean {
    return this.#known.size > 0
  }

  /** The check has ended: what a later check needs of it. */
  end(modules: readonly Module[]): Previous {
    // Values in facts refer to the checker, and through it each check would keep all checks before it alive.
    this.#known = new Map()
    return { modules, evaluations: this.#made }
  }

  /** Records that the evaluation under way needs another declaration. */
  needs({ declaration, home, original, loops, others = [] }: ModuleEntry): void {
    const frame = this.frames.at(-1)
    if (frame === undefined || declaration === undefined || frame.needed.has(declaration)) return
    frame.needed.add(declaration)
    frame.steps.push({ file: home.file, name: original })
    if (loops.length > 0 || others.length > 0) frame.isReusable = false
  }

  /**
   * The values of a declaration: those of the check before if they still hold, or else those that `work` makes. `force` evaluates another
   * declaration.
   */
  evaluate(
    checker: Checker,
    entry: ModuleEntry,
    work: () => readonly Value[],
    force: (entry: ModuleEntry) => void,
  ): readonly Value[] {
    const known = this.#knownOf(checker, entry)
    const frame: Frame = {
      steps: [],
      needed: new Set(),
      used: new Set(),
      references: [],
      models: new Map(),
      begin: checker.budget.steps,
      inner: 0,
      isReusable: entry.loops.length === 0 && entry.declaration?.type === 'binding' && entry.home.test === undefined,
    }
    this.frames.push(frame)
    checker.facts.begin()
    let values: readonly Value[]
    if (known !== undefined) values = this.#repeat(checker, entry.declaration!, known, force)
    else {
      values = work()
      const facts = checker.facts.end()
      if (frame.isReusable && values.every(isMade)) {
        const { steps, used, references, models, begin, inner } = frame
        const own = checker.budget.steps - begin - inner
        this.#made.set(entry.declaration!, { values, steps, used, references, models, work: own, facts })
      }
    }
    this.frames.pop()
    const outer = this.frames.at(-1)
    if (outer !== undefined) outer.inner += checker.budget.steps - frame.begin
    return values
  }

  #knownOf(
    { entry: module }: Checker,
    { declaration, home, name, loops, others = [] }: ModuleEntry,
  ): Evaluation | undefined {
    if (declaration === undefined || loops.length > 0 || others.length > 0 || home.test !== undefined) return undefined
    if (home === module && this.#changed.has(name)) return undefined
    return this.#known.get(declaration)
  }

  #repeat(
    checker: Checker,
    declaration: object,
    known: Evaluation,
    force: (entry: ModuleEntry) => void,
  ): readonly Value[] {
    const { steps, references, models, used, work, facts } = known
    facts.settle()
    const calls = checker.calls as CheckedCall[]
    const taken: Step[] = []
    for (const step of steps) {
      if ('file' in step) {
        const module = checker.modules.find(({ file }) => file === step.file)
        const needed = module?.scope.get(step.name)
        if (needed === undefined) throw new NotAsBefore()
        force(needed)
        taken.push(step)
        continue
      }
      if (calls.length >= maxCalls) throw new NotAsBefore()
      const call = this.#placed(step, calls.length)
      this.#moved.set(step.index, call.index)
      calls.push(call)
      addTokenizers(checker, call.outputs)
      taken.push(call)
    }
    for (const { place, kind, boundTo, reference } of references)
      if (referenceFor(checker, place, kind, boundTo) !== reference) throw new NotAsBefore()
    for (const name of used) checker.used.add(name)
    for (const [digest, spec] of models) checker.models.set(digest, spec)
    checker.budget.steps += work
    if (checker.budget.steps > checker.budget.most) throw new NotAsBefore()
    checker.facts.endWith(facts)
    const values = known.values.map((value) => this.#valueNow(value))
    this.#made.set(declaration, { ...known, values, steps: taken })
    return values
  }

  /** A call of the check before, with the indices of this one. */
  #placed(call: CheckedCall, index: number): CheckedCall {
    const inputs: Record<string, readonly ValueRef[]> = {}
    let isSame = call.index === index
    for (const [role, refs] of Object.entries(call.inputs)) {
      const now = refs.map((ref) => this.#refNow(ref))
      if (now.some((ref, at) => ref !== refs[at])) isSame = false
      inputs[role] = now
    }
    return isSame ? call : { ...call, index, inputs }
  }

  #refNow(ref: ValueRef): ValueRef {
    const call = this.#moved.get(ref.call)
    if (call === undefined) throw new NotAsBefore()
    return call === ref.call ? ref : { ...ref, call }
  }

  #valueNow(value: Value): Value {
    if (value.type !== 'artefact') return value
    const ref = this.#refNow(value.ref)
    return ref === value.ref ? value : { ...value, ref }
  }
}

/** Whether a value is an artefact or a model: it does not refer to the state of the checker. */
function isMade({ type }: Value): boolean {
  return type === 'artefact' || type === 'model'
}

/**
 * The names of the entry file whose meaning may have changed since the check before, directly or through others; `undefined` if no evaluation
 * may be repeated.
 */
function changedNames(
  { scope, lost }: Module,
  modules: readonly Module[],
  { modules: before, evaluations }: Previous,
): Set<string> | undefined {
  const [old, ...others] = before
  if (old === undefined || modules.length !== before.length) return undefined
  for (const [index, other] of others.entries()) if (!isSameModule(other, modules[index + 1]!)) return undefined
  if (lost.has(anyName) || old.lost.has(anyName)) return undefined
  const changed = new Set([...lost, ...old.lost])
  for (const [name, entry] of scope) if (!isSameEntry(old.scope.get(name), entry)) changed.add(name)
  for (const name of old.scope.keys()) if (!scope.has(name)) changed.add(name)
  // What is evaluated again gives its calls new indices.
  for (const [name, { declaration }] of scope)
    if (declaration?.type === 'binding' && !evaluations.has(declaration)) changed.add(name)
  const users = new Map<string, string[]>()
  for (const [name, entry] of scope) {
    if (entry.imported) continue
    for (const { declaration, loops } of entriesOf(entry))
      for (const node of [declaration, ...loops])
        for (const mentioned of wordsIn(node!)) {
          const list = users.get(mentioned)
          if (list !== undefined) list.push(name)
          else if (scope.has(mentioned) || changed.has(mentioned)) users.set(mentioned, [name])
        }
  }
  const todo = [...changed]
  for (let name = todo.pop(); name !== undefined; name = todo.pop())
    for (const user of users.get(name) ?? [])
      if (!changed.has(user)) {
        changed.add(user)
        todo.push(user)
      }
  return changed
}

function isSameModule(a: Module, b: Module): boolean {
  if (a.file !== b.file || a.program !== b.program || a.scope.size !== b.scope.size) return false
  return [...b.scope].every(([name, entry]) => isSameEntry(a.scope.get(name), entry))
}

/** Whether a name means the same as before: its declarations are the same objects. */
function isSameEntry(a: ModuleEntry | undefined, b: ModuleEntry): boolean {
  if (a === undefined || a.home.file !== b.home.file || a.original !== b.original) return false
  const [all, now] = [entriesOf(a), entriesOf(b)]
  return all.length === now.length && all.every((each, at) => isSameDeclaration(each, now[at]!))
}

function isSameDeclaration(a: ModuleEntry, b: ModuleEntry): boolean {
  if (a.declaration !== b.declaration || a.custom !== b.custom || a.loops.length !== b.loops.length) return false
  return a.loops.every((loop, at) => loop === b.loops[at])
}

const words = new WeakMap<object, readonly string[]>()

/** Every name in a tree, whatever it refers to: those of values, callees, settings and members. */
function wordsIn(node: object): readonly string[] {
  const known = words.get(node)
  if (known !== undefined) return known
  const found = new Set<string>()
  const todo: unknown[] = [node]
  while (todo.length > 0) {
    const at = todo.pop()
    if (typeof at !== 'object' || at === null) continue
    for (const [key, value] of Object.entries(at)) {
      if (key === 'name' && typeof value === 'string') found.add(value)
      else if (typeof value === 'object') todo.push(value)
    }
  }
  const list = [...found]
  words.set(node, list)
  return list
}
