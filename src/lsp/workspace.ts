/**
 * The files of the editor and of the disk as one: texts, syntax trees, names and compiled programs, each made again only if something
 * that it was made of has changed.
 */

import { statSync } from 'node:fs'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import { type Parsed, parse } from '../../grammar/parse.ts'
import { type ParsedText, reparse } from '../../grammar/reparse.ts'
import type { UseDeclaration } from '../../grammar/syntax.ts'
import type { StageKind } from '../core/kind/kind.ts'
import { isCode } from '../language/1-resolve/custom.ts'
import { targetOf } from '../language/1-resolve/target.ts'
import type { CheckMemory } from '../language/2-check/reuse.ts'
import { compile } from '../language/compile.ts'
import { rememberedModels } from './models.ts'
import { declaredIn } from './names/declared.ts'
import { namesIn } from './names/names.ts'
import type { ModuleNames, NameSymbol } from './names/symbol.ts'
import { closedDocument } from './places.ts'
import type { CustomFiles, LanguageServices } from './services.ts'
import { Snapshot } from './snapshot.ts'
import { pathOf, uriOf, withSlashes } from './uris.ts'

/** How many closed files keep their text and tree. Those that a program imports are asked for again and again. */
const maxClosed = 400

interface FileOnDisk {
  readonly stamp: string
  readonly text: string | undefined
}

interface Module {
  readonly text: string
  readonly parsed: Parsed
  declared?: ReadonlyMap<string, NameSymbol>
  names?: ModuleNames
  /** The names that its imports declared when `names` was made. */
  imports?: readonly (ReadonlyMap<string, NameSymbol> | undefined)[]
  document?: TextDocument
}

export class Workspace {
  readonly services: LanguageServices
  /** The folders of the workspace. */
  roots: readonly string[] = []
  readonly #open = new Map<string, TextDocument>()
  readonly #files = new Map<string, FileOnDisk>()
  readonly #modules = new Map<string, Module>()
  /** The last text of each open document with its tree, from which the next one is made. */
  readonly #parsed = new Map<string, ParsedText>()
  /** The memory between two compilations of each open document. */
  readonly #memories = new Map<string, CheckMemory>()
  readonly #snapshots = new Map<string, Snapshot>()
  readonly #custom = new Map<string, CustomFiles>()
  readonly #standard: ReadonlyMap<string, string>
  /** The real places of paths. */
  readonly #places = new Map<string, string>()
  #epoch = 0

  constructor(services: LanguageServices, standardModules: readonly string[]) {
    this.services = services
    const sources = standardModules.map((name) => `std:${name}`)
    this.#standard = new Map(sources.map((source) => [withSlashes(services.sourceFile(source)), source]))
  }

  /** The path of a URI; `undefined` if the server cannot know its text. The file of a standard module is `std:NAME`. */
  path(uri: string): string | undefined {
    const path = pathOf(uri, this.roots[0])
    return path === undefined ? undefined : (this.#standard.get(path) ?? path)
  }

  /** The URI of a path: as the editor writes it, if it has the file open. */
  uri(path: string): string {
    return this.#open.get(path)?.uri ?? uriOf(withSlashes(this.services.sourceFile(path)))
  }

  open(document: TextDocument): void {
    const path = this.path(document.uri)
    if (path !== undefined) this.#open.set(path, document)
  }

  close(uri: string): void {
    const path = this.path(uri)
    if (path === undefined) return
    this.#open.delete(path)
    this.#snapshots.delete(path)
    this.#custom.delete(path)
    this.#parsed.delete(path)
    this.#memories.delete(path)
  }

  /** The paths of the open documents. */
  get openPaths(): readonly string[] {
    return [...this.#open.keys()]
  }

  isOpen(path: string): boolean {
    return this.#open.has(path)
  }

  /** The name of a file for people: its path below the folder of the workspace. */
  nameOf(path: string): string {
    if (path.startsWith('std:')) return path.replace(':', '.')
    const root = this.roots.find((each) => path.startsWith(`${each}/`))
    return root === undefined ? (path.split('/').at(-1) ?? path) : path.slice(root.length + 1)
  }

  /** The programs of the project: the open documents, and those in the folders of the workspace. */
  projectFiles(): readonly string[] {
    // Each folder of an open document counts, for editors that open single files.
    const folders = new Set([...this.roots, ...this.openPaths.filter((path) => path.startsWith('/')).map(folderOf)])
    const outer = [...folders].filter((each) => ![...folders].some((other) => each.startsWith(`${other}/`)))
    return [...new Set([...this.openPaths, ...outer.flatMap((folder) => this.services.programsBelow(folder))])]
  }

  /** Forgets what was made of files that are not watched one by one, such as custom stages. */
  refresh(): void {
    this.#epoch++
    this.#files.clear()
    this.#places.clear()
  }

  /** The text of a file as the editor shows it, or else as the disk has it; `undefined` if there is no such file. */
  read(path: string): string | undefined {
    const open = this.#open.get(path)
    if (open !== undefined) return open.getText()
    const stamp = stampOf(this.services.sourceFile(path))
    const known = this.#files.get(path)
    if (known !== undefined && known.stamp === stamp) return known.text
    const text = stamp === '' ? undefined : this.services.readSource(path)
    this.#files.set(path, { stamp, text })
    limit(this.#files, maxClosed)
    return text
  }

  /** The text of a file as a document; `undefined` if there is no such file. */
  document(path: string): TextDocument | undefined {
    const open = this.#open.get(path)
    if (open !== undefined) return open
    const module = this.#module(path)
    if (module === undefined) return undefined
    module.document ??= closedDocument(this.uri(path), module.text)
    return module.document
  }

  parsed(path: string): Parsed | undefined {
    return this.#module(path)?.parsed
  }

  #module(path: string): Module | undefined {
    const text = this.read(path)
    if (text === undefined) return undefined
    const known = this.#modules.get(path)
    if (known?.text === text) return known
    const program = this.services.parsedSource(path, text)
    const parsed =
      program === undefined
        ? reparse(path, text, this.#parsed.get(path))
        : { program, problems: [], lost: new Set<string>() }
    if (program === undefined && this.isOpen(path)) this.#parsed.set(path, { text, parsed })
    const module: Module = { text, parsed }
    this.#modules.delete(path)
    this.#modules.set(path, module)
    limit(this.#modules, maxClosed)
    return module
  }

  /** The names that a file declares, and where each is used in it; `undefined` if there is no such file. */
  names(path: string): ModuleNames | undefined {
    const module = this.#module(path)
    if (module === undefined) return undefined
    const { program } = module.parsed
    const imports = program.declarations.flatMap((each) => (each.type === 'use' ? [this.declaredBy(path, each)] : []))
    const isFresh = module.imports?.every((each, index) => each === imports[index]) ?? false
    if (module.names === undefined || !isFresh) {
      module.imports = imports
      module.names = namesIn(path, program, {
        catalogue: this.services.catalogue,
        declaredBy: (declaration) => this.declaredBy(path, declaration),
      })
    }
    return module.names
  }

  /** The names of a file as they were found last, even if the file has changed since. */
  lastNames(path: string): ModuleNames | undefined {
    return this.#modules.get(path)?.names ?? this.names(path)
  }

  /** The names that an imported module declares; `undefined` if there is no such module. */
  declaredBy(path: string, { source }: UseDeclaration): ReadonlyMap<string, NameSymbol> | undefined {
    const target = targetOf(path, source, (at) => this.read(at))
    return target === undefined ? undefined : this.declared(target)
  }

  /** The names that a file declares at its top level; `undefined` if there is no such file. */
  declared(path: string): ReadonlyMap<string, NameSymbol> | undefined {
    const module = this.#module(path)
    if (module === undefined) return undefined
    module.declared ??= declaredIn(module.parsed.program)
    return module.declared
  }

  /** The program in a file, compiled as it is now. */
  snapshot(path: string): Snapshot {
    const known = this.#snapshots.get(path)
    if (known !== undefined && this.#isFresh(known)) return known
    const reads = new Map<string, string | undefined>()
    const read = (at: string) => {
      const text = this.read(at)
      reads.set(at, text)
      return text
    }
    const { catalogue, elaborateModel } = this.services
    const memory = this.#memories.get(path) ?? {}
    if (this.isOpen(path)) this.#memories.set(path, memory)
    const compiled = compile(path, {
      read,
      parse: (at, text) => this.parsed(at) ?? parse(at, text),
      catalogue,
      stages: (at) => this.#customFiles(path).load(at),
      params: {},
      elaborateModel: rememberedModels(elaborateModel),
      place: (at) => this.#place(at),
      memory,
    })
    const { program } = compiled
    const further = program === undefined ? [] : this.services.furtherErrors(program)
    const snapshot = new Snapshot(path, compiled, further, reads, this.#epoch)
    this.#snapshots.set(path, snapshot)
    return snapshot
  }

  /** The last program that was compiled from a file, even if the file has changed since. */
  lastSnapshot(path: string): Snapshot | undefined {
    return this.#snapshots.get(path)
  }

  /** Whether custom stages that a program uses are still to be described. */
  isDescribing(path: string): boolean {
    return this.#custom.get(path)?.isPending() ?? false
  }

  /** Describes the custom stages that a program uses, if that is still to be done. Returns whether the program changed by it. */
  async settle(path: string, stop: AbortSignal): Promise<boolean> {
    const isChanged = (await this.#custom.get(path)?.settle(stop)) ?? false
    if (isChanged) this.#snapshots.delete(path)
    return isChanged
  }

  /** The custom stages that a file imports, by their names in it. */
  customKinds(path: string): ReadonlyMap<string, StageKind> {
    const found = new Map<string, StageKind>()
    for (const declaration of this.#modules.get(path)?.parsed.program.declarations ?? []) {
      if (declaration.type !== 'use' || !isCode(declaration)) continue
      const target = targetOf(path, declaration.source, (at) => this.read(at))
      const kinds = target === undefined ? {} : (this.#customFiles(path).load(target)?.kinds ?? {})
      for (const { name, alias } of declaration.names) {
        const kind = Object.hasOwn(kinds, name.name) ? kinds[name.name] : undefined
        if (kind !== undefined) found.set((alias ?? name).name, kind)
      }
    }
    return found
  }

  /** The names of the custom stages that a file of code exports; empty if `target` is not one. */
  customExports(path: string, target: string): readonly string[] {
    return /\.[cm]?[jt]s$/.test(target) ? Object.keys(this.#customFiles(path).load(target)?.kinds ?? {}) : []
  }

  #customFiles(path: string): CustomFiles {
    const known = this.#custom.get(path) ?? this.services.customFiles(path)
    this.#custom.set(path, known)
    return known
  }

  #place(path: string): string {
    const known = this.#places.get(path) ?? this.services.place(path)
    this.#places.set(path, known)
    limit(this.#places, maxClosed)
    return known
  }

  #isFresh({ reads, epoch }: Snapshot): boolean {
    if (epoch !== this.#epoch) return false
    for (const [path, text] of reads) if (this.read(path) !== text) return false
    return true
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

/** A text that changes with the contents of a file; empty if there is no such file. */
function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    // The file does not exist, or its path is impossible.
    return ''
  }
}

/** Removes the oldest entries of a map beyond a number. */
function limit(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
