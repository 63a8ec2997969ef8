/** A program as it was compiled: diagnostics, facts, and the texts that they are about. */

import type { Span } from '../../grammar/span.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Compiled } from '../language/compile.ts'
import type { CallFact, TensorFact, TypeFact } from '../language/facts.ts'
import type { TypedProgram } from '../language/program.ts'

export class Snapshot {
  /** The path of the entry file. */
  readonly entry: string
  readonly diagnostics: readonly Diagnostic[]
  /** Absent if there are errors. */
  readonly program?: TypedProgram
  readonly sources: ReadonlyMap<string, string>
  /** The text of every file that the compiler asked for; `undefined` for one that does not exist. */
  readonly reads: ReadonlyMap<string, string | undefined>
  /** The state of everything else that it was compiled from. */
  readonly epoch: number
  readonly #compiled: Compiled
  #types: ReadonlyMap<string, readonly TypeFact[]> | undefined
  #calls: ReadonlyMap<string, readonly CallFact[]> | undefined
  #tensors: ReadonlyMap<string, readonly TensorFact[]> | undefined
  #named: ReadonlyMap<string, TypeFact> | undefined

  constructor(
    entry: string,
    compiled: Compiled,
    further: readonly Diagnostic[],
    reads: ReadonlyMap<string, string | undefined>,
    epoch: number,
  ) {
    this.entry = entry
    this.#compiled = compiled
    this.diagnostics = [...compiled.diagnostics, ...further]
    if (compiled.program !== undefined) this.program = compiled.program
    this.sources = compiled.sources
    this.reads = reads
    this.epoch = epoch
  }

  /** The types of expressions in a file, in the order of its text. */
  types(file: string): readonly TypeFact[] {
    this.#types ??= byFile(this.#compiled.facts.types)
    return this.#types.get(file) ?? []
  }

  /** The calls in a file, in the order of its text. */
  calls(file: string): readonly CallFact[] {
    this.#calls ??= byFile(this.#compiled.facts.calls)
    return this.#calls.get(file) ?? []
  }

  /** The shapes of a name in the body of a block or an architecture; empty if they are not known. */
  shapesOf({ file, start }: Span): readonly string[] {
    this.#tensors ??= byFile(this.#compiled.facts.tensors)
    return this.#tensors.get(file)?.find(({ span }) => span.start === start)?.shapes ?? []
  }

  /** The type of a name of the entry file; `undefined` if it is not known. */
  typeNamed(name: string): TypeFact | undefined {
    this.#named ??= this.#byName()
    return this.#named.get(name)
  }

  #byName(): Map<string, TypeFact> {
    // Not by the text at a span, since the spans of the tree move with later edits.
    const { definitions, bindings } = this.#compiled.facts
    const names = new Map(definitions.map(({ span, name }) => [span, name]))
    const own = bindings.filter(({ span }) => span.file === this.entry)
    return new Map(own.map((fact) => [names.get(fact.span) ?? '', fact]))
  }

  /** The fact about exactly this piece of the text; `undefined` if there is none. */
  typeOf({ file, start, end }: Span): TypeFact | undefined {
    return this.types(file).find(({ span }) => span.start === start && span.end === end)
  }
}

function byFile<F extends { readonly span: Span }>(facts: readonly F[]): Map<string, F[]> {
  const files = new Map<string, F[]>()
  for (const fact of facts) {
    const list = files.get(fact.span.file)
    if (list === undefined) files.set(fact.span.file, [fact])
    else list.push(fact)
  }
  return files
}
