/** Compiles the text of a program to a typed program and diagnostics: `elaborate(check(resolve(parse(text))))`. */

import { resolve as absolute, relative } from 'node:path'
import { type Parsed, parse } from '../../grammar/parse.ts'
import type { Program } from '../../grammar/syntax.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { CustomFile } from '../core/kind/custom-file.ts'
import type { Catalogue } from '../core/kind/kind.ts'
import { resolve } from './1-resolve/resolve.ts'
import { standardNames } from './1-resolve/standard.ts'
import { check } from './2-check/check.ts'
import type { ElaborateModel } from './2-check/env.ts'
import type { CheckMemory } from './2-check/reuse.ts'
import type { Facts } from './facts.ts'
import { tooDeep } from './messages/syntax.generated.ts'
import type { TypedProgram } from './program.ts'

export interface CompileOptions {
  /** The text of a file by its path, or of a standard module by `std:name`. */
  read(path: string): string | undefined
  /** The syntax tree of a text, if it is known already. */
  parsed?(path: string, text: string): Program | undefined
  /** Parses a text, for callers that remember trees. */
  parse?(path: string, text: string): Parsed
  readonly catalogue: Catalogue
  /** Loads a file of custom stages by its path; `undefined` if there is no such file. */
  stages?(path: string): CustomFile | undefined
  /** The real place of a path: absolute, with links followed. Without this function, paths are compared by their spelling. */
  place?(path: string): string
  /** The values that `-p name=value` gives, as text. */
  readonly params: Readonly<Record<string, string>>
  /** Whether the program consists of the tests of the entry file, rather than of its other declarations. */
  readonly tests?: boolean
  /**
   * The memory of earlier compilations of the same program, for editors: only the parts that have changed are checked again. `parse` has to return
   * the same objects for declarations that have not changed (grammar/reparse.ts).
   */
  readonly memory?: CheckMemory
  /** The third pass, `elaborateModel` of 3-elaborate. Only programs with a model need it. */
  readonly elaborateModel?: ElaborateModel
}

export interface Compiled {
  /** Absent if there are errors. */
  readonly program?: TypedProgram
  /** Facts about the program by span, also if it has errors: see facts.ts. */
  readonly facts: Facts
  /** In the order of the files, and within a file in the order of its text. */
  readonly diagnostics: readonly Diagnostic[]
  /** The text of every file that was read, by its path. */
  readonly sources: ReadonlyMap<string, string>
}

const noFacts: Facts = { definitions: [], references: [], types: [], bindings: [], calls: [], tensors: [] }

const notThere: ElaborateModel = () => {
  throw new Error('compile() received no elaborateModel, and a program calls an architecture')
}

/** Compiles the program in the file `entry`. */
export function compile(entry: string, options: CompileOptions): Compiled {
  try {
    return compileAll(entry, options)
  } catch (error) {
    // Each kind of nesting has its own limit, but a mixture of all of them can still overflow the stack.
    if (!(error instanceof RangeError) || !/call stack/.test(error.message)) throw error
    const span = { file: entry, start: 0, end: 0 }
    return {
      facts: noFacts,
      diagnostics: [tooDeep(span, { most: 'the compiler can evaluate' })],
      sources: new Map([[entry, options.read(entry) ?? '']]),
    }
  }
}

function compileAll(entry: string, options: CompileOptions): Compiled {
  const { kinds } = options.catalogue
  const resolved = resolve(entry, {
    read: options.read,
    parse: (file, text) => {
      const program = options.parsed?.(file, text)
      if (program !== undefined) return { program, problems: [], lost: new Set() }
      return options.parse === undefined ? parse(file, text) : options.parse(file, text)
    },
    stages: options.stages,
    place: options.place ?? ((path) => absolute(path)),
    isKind: (name) => Object.hasOwn(kinds, name),
  })
  const sources = new Map([...resolved.modules.map((module) => [module.file, module.text] as const), ...resolved.code])
  if (resolved.entry === undefined) return { facts: noFacts, diagnostics: resolved.diagnostics, sources }
  let names: ReadonlyMap<string, string> | undefined
  const here = relative(entry.split('/').slice(0, -1).join('/'), '') || '.'
  const checked = check(resolved.entry, resolved.modules, {
    catalogue: options.catalogue,
    params: options.params,
    elaborateModel: options.elaborateModel ?? notThere,
    here,
    place: options.place ?? ((path) => absolute(path)),
    standardNames: () => {
      names ??= standardNames(options.read, (file, text) => options.parsed?.(file, text) ?? parse(file, text).program)
      return names
    },
    sources: [...sources.keys()],
    packages: resolved.packages,
    resolved: resolved.diagnostics.length === 0,
    tests: options.tests ?? false,
    memory: options.memory,
  })
  const order = new Map([...sources.keys()].map((file, index) => [file, index]))
  const orderOf = ({ span }: Diagnostic) => order.get(span.file) ?? -1
  const diagnostics = [...resolved.diagnostics, ...checked.diagnostics].sort(
    (a, b) => orderOf(a) - orderOf(b) || a.span.start - b.span.start,
  )
  const failed = diagnostics.some((diagnostic) => diagnostic.severity === 'error')
  return { ...(failed ? {} : { program: checked.program }), facts: checked.facts, diagnostics, sources }
}
