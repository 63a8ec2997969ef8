/** First pass: reads the entry file and its imports, and finds the declaration of each name. */

import { posix } from 'node:path'
import type { Parsed } from '../../../grammar/parse.ts'
import type { UseDeclaration } from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { CustomFile } from '../../core/kind/custom-file.ts'
import * as say from '../messages/imports.generated.ts'
import { didYouMean } from '../messages/more.ts'
import { duplicateName } from '../messages/names.generated.ts'
import { syntaxDiagnostic } from '../messages/syntax.ts'
import { isCode, problemsOf, stageNamed } from './custom.ts'
import { isLostName, type Module, type ModuleEntry, type NamedDeclaration, namesOf, placed } from './module.ts'

export interface Resolved {
  /** Absent if the entry file could not be read. */
  readonly entry?: Module
  /** Every module that was read, the entry first. */
  readonly modules: readonly Module[]
  /** The texts of the files of code, by path. */
  readonly code: ReadonlyMap<string, string>
  readonly diagnostics: readonly Diagnostic[]
}

export interface Reader {
  read(path: string): string | undefined
  parse(file: string, text: string): Parsed
  /** Loads a file of custom stages. */
  readonly stages: ((path: string) => CustomFile | undefined) | undefined
  /** Whether a built-in stage kind has this name. */
  isKind(name: string): boolean
}

/** Reads `file` and its imports. */
export function resolve(file: string, { read, parse, stages, isKind }: Reader): Resolved {
  const modules = new Map<string, Module>()
  const code = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic)

  /** `path`: the chain of imports that leads to the file `at`. */
  const load = (at: string, path: readonly string[]): Module | undefined => {
    const known = modules.get(at)
    if (known) return known
    const text = read(at)
    if (text === undefined) return undefined
    const { program, problems, lost } = parse(at, text)
    for (const problem of problems) report(syntaxDiagnostic(problem))
    const module: Module = { file: at, text, program, scope: new Map(), lost }
    modules.set(at, module)
    for (const { declaration, loops } of placed(program.declarations)) {
      if (declaration.type === 'use') {
        if (isCode(declaration)) takeCode(module, declaration)
        else use(module, declaration, [...path, at])
      } else
        for (const { name, span } of namesOf(declaration))
          bind(module, {
            name,
            original: name,
            at: span,
            declaration: declaration as NamedDeclaration,
            home: module,
            imported: false,
            loops,
          })
    }
    return module
  }

  const use = (module: Module, declaration: UseDeclaration, path: readonly string[]): void => {
    const { source } = declaration
    const target = targetOf(module.file, source)
    const cycle = target === undefined ? -1 : path.indexOf(target)
    const found = target === undefined || cycle !== -1 ? undefined : load(target, path)
    if (cycle !== -1) {
      const chain = [...path.slice(cycle), path[cycle]].map((step) => `\`${step}\``).join(' → ')
      report(say.importCycle(source.span, { chain }))
    } else if (found === undefined) {
      const written = source.type === 'std' ? source.path.join('.') : source.path
      const more = source.type === 'std' ? { help: moduleHelp(source.path) } : {}
      report(say.moduleNotFound(source.span, { path: written }, more))
    }
    for (const { name, alias } of declaration.names) {
      if (name.name === '') continue
      const local = alias ?? name
      const entry = found?.scope.get(name.name)
      const declared = entry !== undefined && !entry.imported ? entry.declaration : undefined
      if (found !== undefined && declared === undefined && !isLostName(found, name.name)) {
        const own = [...found.scope.values()].filter((other) => !other.imported).map((other) => other.name)
        const words = { module: source.type === 'std' ? source.path.join('.') : source.path, name: name.name }
        report(say.notInModule(name.span, words, didYouMean(name.name, own)))
      }
      bind(module, {
        name: local.name,
        original: name.name,
        at: local.span,
        ...(declared === undefined ? {} : { declaration: declared }),
        home: found ?? module,
        imported: true,
        loops: declared === undefined ? [] : (entry?.loops ?? []),
      })
    }
  }

  /** Imports custom stages from a file of code. */
  const takeCode = (module: Module, { source, names }: UseDeclaration): void => {
    const path = source.type === 'file' ? source.path : ''
    const target = targetOf(module.file, source)
    const found = target === undefined ? undefined : stages?.(target)
    if (found === undefined) report(say.moduleNotFound(source.span, { path }))
    else {
      for (const [name, text] of found.sources) code.set(name, text)
      for (const diagnostic of problemsOf(found, source.span, path)) report(diagnostic)
    }
    for (const { name, alias } of names) {
      const local = alias ?? name
      const isThere = found !== undefined && found.problem === undefined && name.name !== ''
      const custom = isThere ? stageNamed(found, name, path, isKind) : undefined
      if (custom !== undefined && 'severity' in custom) report(custom)
      bind(module, {
        name: local.name,
        original: name.name,
        at: local.span,
        ...(custom === undefined || 'severity' in custom ? {} : { custom }),
        home: module,
        imported: true,
        loops: [],
      })
    }
  }

  const bind = (module: Module, entry: ModuleEntry): void => {
    if (entry.name === '') return
    const first = module.scope.get(entry.name)
    if (first === undefined) module.scope.set(entry.name, entry)
    else report(duplicateName(entry.at, { name: entry.name }, { related: [{ span: first.at, label: 'first here' }] }))
  }

  const entry = load(file, [])
  if (entry === undefined)
    report(
      say.moduleNotFound({ file, start: 0, end: 0 }, { path: file }, { help: 'Give the path of a .llmpipe file.' }),
    )
  return { ...(entry === undefined ? {} : { entry }), modules: [...modules.values()], code, diagnostics }
}

/** The path or the `std:name` of an imported module; `undefined` if it is neither. */
export function targetOf(from: string, source: UseDeclaration['source']): string | undefined {
  if (source.type === 'std') {
    const [root, ...path] = source.path
    return root === 'std' && path.length > 0 ? `std:${path.join('/')}` : undefined
  }
  if (from.startsWith('std:')) return undefined
  return posix.join(posix.dirname(from), source.path)
}

function moduleHelp(path: readonly string[]): string {
  return path[0] === 'std'
    ? 'Modules of llmpipe itself are std.clean, std.models and their like; see docs/reference/language.md.'
    : 'A file of yours is named by its path in quotes: `use "./shared.llmpipe" { … }`.'
}
