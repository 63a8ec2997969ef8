/** First pass: reads the entry file and its imports, and finds the declaration of each name. */

import type { Parsed } from '../../../grammar/parse.ts'
import type { UseDeclaration } from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { CustomFile } from '../../core/kind/custom-file.ts'
import * as say from '../messages/imports.generated.ts'
import { didYouMean } from '../messages/more.ts'
import { duplicateName } from '../messages/names.generated.ts'
import { syntaxDiagnostic } from '../messages/syntax.ts'
import { isCode, problemsOf, stageNamed } from './custom.ts'
import {
  areExclusive,
  entriesOf,
  isLostName,
  type Module,
  type ModuleEntry,
  type NamedDeclaration,
  namesOf,
  placed,
} from './module.ts'
import { howToInstall, howToLock, isInPackage, moduleInPackage, type Package, type PackageProblem } from './packages.ts'
import { targetOf } from './target.ts'

export interface Resolved {
  /** Absent if the entry file could not be read. */
  readonly entry?: Module
  /** Every module that was read, the entry first. */
  readonly modules: readonly Module[]
  /** The texts of the files of code, by path. */
  readonly code: ReadonlyMap<string, string>
  /** The packages whose modules were read, by name. */
  readonly packages: readonly Package[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface Reader {
  read(path: string): string | undefined
  parse(file: string, text: string): Parsed
  /** Loads a file of custom stages. */
  readonly stages: ((path: string) => CustomFile | undefined) | undefined
  /** The real place of a path: absolute, with links followed. */
  place(path: string): string
  /** Whether a built-in stage kind has this name. */
  isKind(name: string): boolean
}

/** Reads `file` and its imports. */
export function resolve(file: string, { read, parse, stages, place, isKind }: Reader): Resolved {
  const modules = new Map<string, Module>()
  const code = new Map<string, string>()
  const packages = new Map<string, Package>()
  /** The package of each file that is read because of a `use` of a package. */
  const packageOf = new Map<string, Package>()
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
    const target = fileOf(module, source)
    const cycle = target === undefined ? -1 : path.indexOf(target)
    const found = target === undefined || target === 'reported' || cycle !== -1 ? undefined : load(target, path)
    if (cycle !== -1) {
      const chain = [...path.slice(cycle), path[cycle]].map((step) => `\`${step}\``).join(' → ')
      report(say.importCycle(source.span, { chain }))
    } else if (found === undefined && target !== 'reported') {
      const written = source.type === 'std' ? source.path.join('.') : source.path
      const more = source.type === 'std' ? { help: moduleHelp(source.path) } : quotedModuleHelp(source.path)
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

  /** The file that a `use` names; `reported` if its package is not as it has to be. */
  const fileOf = (module: Module, source: UseDeclaration['source']): string | 'reported' | undefined => {
    const within = packageOf.get(module.file)
    const isNamed = source.type === 'file' && isInPackage(source.path)
    const target = isNamed
      ? moduleInPackage(module.file, source.path, read, within === undefined ? module.file : place(module.file))
      : { file: targetOf(module.file, source, read), package: source.type === 'std' ? undefined : within }
    if ('type' in target) {
      report(packageProblem(target, source as FileSource))
      return 'reported'
    }
    const { file: found, package: of } = target
    if (found === undefined || of === undefined) return found
    const below = found.startsWith(`${of.folder}/`) ? found.slice(of.folder.length) : undefined
    // A package in the package has a lock entry of its own.
    const isInside =
      below !== undefined && !below.startsWith('/node_modules/') && isBelow(place(of.folder), place(found))
    if (!isInside) {
      report(say.outsideOfPackage(source.span, { path: (source as FileSource).path }))
      return 'reported'
    }
    packages.set(of.folder, of)
    packageOf.set(found, of)
    return found
  }

  /** Imports custom stages from a file of code. */
  const takeCode = (module: Module, { source, names }: UseDeclaration): void => {
    const path = source.type === 'file' ? source.path : ''
    const target = fileOf(module, source)
    const found = target === undefined || target === 'reported' ? undefined : stages?.(target)
    if (target === 'reported') {
      // One error is enough.
    } else if (found === undefined) report(say.moduleNotFound(source.span, { path }))
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
    if (first === undefined) module.scope.set(entry.name, { ...entry, others: [] })
    else if (entriesOf(first).every((each) => areExclusive(each.loops, entry.loops))) first.others?.push(entry)
    else report(duplicateName(entry.at, { name: entry.name }, { related: [{ span: first.at, label: 'first here' }] }))
  }

  const entry = load(file, [])
  if (entry === undefined)
    report(
      say.moduleNotFound({ file, start: 0, end: 0 }, { path: file }, { help: 'Give the path of a .llmpipe file.' }),
    )
  return {
    ...(entry === undefined ? {} : { entry }),
    modules: [...modules.values()],
    code,
    packages: [...packages.values()],
    diagnostics,
  }
}

type FileSource = Extract<UseDeclaration['source'], { readonly type: 'file' }>

function packageProblem(problem: PackageProblem, { path, span }: FileSource): Diagnostic {
  switch (problem.type) {
    case 'path':
      return say.outsideOfPackage(span, { path })
    case 'missing':
      return say.packageNotInstalled(span, { name: problem.name }, { help: howToInstall(problem) })
    case 'lock':
      return say.packageNotLocked(
        span,
        { name: problem.name, reason: problem.reason },
        { help: howToLock(problem.command) },
      )
    case 'not-exported':
      return say.notExported(span, { name: problem.name, path: problem.path })
  }
}

/** Whether a place lies in a folder. */
function isBelow(folder: string, path: string): boolean {
  const [above, below] = [folder, path].map((each) => each.replaceAll('\\', '/'))
  return below?.startsWith(`${above}/`) ?? false
}

function moduleHelp(path: readonly string[]): string {
  return path[0] === 'std'
    ? 'Modules of llmpipe itself are std.clean, std.models and their like; see docs/reference/language.md.'
    : 'A file of yours is named by its path in quotes: `use "./shared.llmpipe" { … }`.'
}

/** The help for the name of a module of llmpipe in quotes; nothing for other paths. */
function quotedModuleHelp(path: string): { readonly help?: string } {
  return /^std\.\w+$/.test(path)
    ? { help: `Modules of llmpipe stand without quotes: write \`use ${path} { … }\`.` }
    : {}
}
