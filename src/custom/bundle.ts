/**
 * Bundles a file of custom stages and its imports into one text that can be executed alone. A plugin passes every source to esbuild, so
 * that the hashed bytes are the bundled bytes, even if somebody edits a file meanwhile.
 */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { build, type Loader, type Message, type Metafile, type Plugin } from 'esbuild'
import type { Span } from '../../grammar/span.ts'
import type { CustomSource } from '../core/kind/custom.ts'
import { canonical } from '../core/values/json.ts'
import { standIn } from './api.ts'

export interface Bundle {
  readonly text: string
  /** The SHA-256 of the sources and of which source imports which. */
  readonly digest: string
  readonly sources: readonly CustomSource[]
}

export interface SourceError {
  readonly span: Span
  readonly message: string
}

export interface Bundled {
  /** `undefined` if there are errors. */
  readonly bundle?: Bundle
  readonly errors: readonly SourceError[]
  /** The text of every file that was read, by its path relative to the working folder. */
  readonly texts: ReadonlyMap<string, string>
}

const loaders: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.json': 'json',
}

/** Bundles `file`. `outfile` is roughly the path of the bundle, for its source map; `base` is the folder of the program. */
export async function bundle(file: string, outfile: string, base: string): Promise<Bundled> {
  const texts = new Map<string, string>()
  const read: Plugin = {
    name: 'read',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^llmpipe$/ }, () => ({ path: 'llmpipe', namespace: 'llmpipe' }))
      onLoad({ filter: /.*/, namespace: 'llmpipe' }, () => ({ contents: standIn }))
      onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
        const loader = loaders[extname(path)]
        const name = relative('.', path)
        if (loader === undefined) return { errors: [{ text: `${name} is neither TypeScript, JavaScript nor JSON` }] }
        const contents = readFileSync(path, 'utf8')
        texts.set(name, contents)
        return { contents, loader }
      })
    },
  }
  try {
    const { metafile, outputFiles } = await build({
      entryPoints: [resolve(file)],
      outfile,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      sourcemap: 'inline',
      sourcesContent: false,
      logLevel: 'silent',
      // Nothing outside the sources affects the bundle.
      tsconfigRaw: {},
      ignoreAnnotations: true,
      banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
      },
      plugins: [read],
    })
    const [output] = outputFiles
    return { bundle: { text: output!.text, ...identify(metafile, texts, base) }, errors: [], texts }
  } catch (error) {
    const errors = (error as { readonly errors?: readonly Message[] }).errors
    if (errors === undefined) throw error
    const found = errors.map((each) => errorOf(each, file, texts))
    // `watch` has to notice when a missing import appears.
    for (const path of errors.flatMap(lookedFor)) if (!texts.has(path)) texts.set(path, '')
    return { errors: found, texts }
  }
}

/** The sources in the order of their imports, from the entry, and their digest. */
function identify({ inputs, outputs }: Metafile, texts: Map<string, string>, base: string): Omit<Bundle, 'text'> {
  const entry = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)?.entryPoint ?? ''
  const order = new Map<string, number>()
  const edges: number[][] = []
  const visit = (path: string): number => {
    const known = order.get(path)
    if (known !== undefined) return known
    const index = order.size
    order.set(path, index)
    edges[index] = []
    for (const imported of inputs[path]?.imports ?? [])
      if (!imported.external && imported.path !== 'llmpipe:llmpipe') edges[index].push(visit(imported.path))
    return index
  }
  visit(entry)
  const paths = [...order.keys()]
  const hashes = paths.map((path) => {
    const text = texts.get(path)
    if (text === undefined) throw new Error(`${path} is in the bundle, but the plugin did not read it`)
    return hashOf(text)
  })
  // Names do not count: moving or renaming a file changes nothing. Imports count: two helpers that swap their contents change the digest.
  const parts = paths.map((path, index) => [hashes[index]!, moduleTypeOf(path, texts), ...(edges[index] ?? [])])
  return { digest: hashOf(canonical(parts)), sources: sourcesOf(paths, hashes, texts, base) }
}

/**
 * The module type of a file (`m` or `c`), by its ending or its package: it decides what a default import of CommonJS gives. The
 * package.json becomes one of the texts, so that a change of it invalidates the description of the file.
 */
function moduleTypeOf(path: string, texts: Map<string, string>): string {
  const [, type] = /\.([cm])[tj]s$/.exec(path) ?? []
  if (type !== undefined) return type
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) {
      const text = readFileSync(file, 'utf8')
      texts.set(relative('.', file), text)
      return /"type"\s*:\s*"module"/.test(text) ? 'm' : 'c'
    }
    if (dirname(folder) === folder) return 'c'
  }
}

/** The sources for people: each file of the project, and each package as one source. */
function sourcesOf(
  paths: readonly string[],
  hashes: readonly string[],
  texts: ReadonlyMap<string, string>,
  base: string,
): CustomSource[] {
  const groups = new Map<string, { size: number; hashes: string[] }>()
  for (const [index, path] of paths.entries()) {
    const name = packageOf(path) ?? relative(base, path)
    const group = groups.get(name) ?? { size: 0, hashes: [] }
    groups.set(name, group)
    group.size += Buffer.byteLength(texts.get(path) ?? '')
    group.hashes.push(hashes[index]!)
  }
  return [...groups].map(([name, { size, hashes: all }]) => ({
    name,
    size,
    sha256: all.length === 1 ? all[0]! : hashOf(all.join('\n')),
  }))
}

/** `package left-pad` for a file in `node_modules`; `undefined` for other files. */
function packageOf(path: string): string | undefined {
  const [, name] = /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? []
  return name === undefined ? undefined : `package ${name}`
}

/** The files that a failed import could have meant, relative to the working folder; `[]` for packages. */
function lookedFor({ text, location }: Message): string[] {
  const [, wanted] = /^Could not resolve "(\.{1,2}\/[^"]+)"/.exec(text) ?? []
  if (wanted === undefined || location === null) return []
  const path = relative('.', resolve(dirname(location.file), wanted))
  return ['', ...Object.keys(loaders)].map((ending) => `${path}${ending}`)
}

/** An error of esbuild, whose columns count bytes. */
function errorOf({ text, location }: Message, entry: string, texts: ReadonlyMap<string, string>): SourceError {
  const message = `${text.replace(/[.!?]?$/, '.')}`
  if (location === null) return { span: { file: entry, start: 0, end: 0 }, message }
  const { file, line, column, length, lineText } = location
  const source = texts.get(file) ?? ''
  const before = source.split('\n', line - 1).reduce((sum, each) => sum + each.length + 1, 0)
  const bytes = Buffer.from(lineText)
  const start = before + bytes.subarray(0, column).toString().length
  const end = start + Math.max(1, bytes.subarray(column, column + length).toString().length)
  return { span: { file, start, end }, message }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
