/**
 * Keeps compiled code between calls of the command. A short call spends most of its time compiling its own JavaScript; V8 can return the
 * compiled code of a script and accept it the next time (`cachedData` of node:vm).
 *
 * There is one file for each command of each build, in the cache folder of the user (outside every project, so that none can bring
 * code). It is written at the end of a call that loaded a chunk which the file does not have, and at the end of the calls that follow, up to
 * `callsToLearn`: V8 compiles a function when it is first called, and a run that finds everything in the store calls other functions than the
 * run before it.
 *
 *     CRC-32 of the head ▸ length of the head ▸ { calls, chunks: list of [chunk, CRC-32 of its source, length and CRC-32 of its code] } ▸ the codes in that order
 *
 * A call reads the code of the chunks that it loads; what other calls of the command have loaded costs it nothing but the reading of the file.
 *
 * The name of the file has the build, the version of Node, the processor, and V8's tag for its version and flags, which V8 checks again.
 * If the file cannot be read or written, the chunks are compiled as usual. They are also compiled if another user can have written the file: V8 executes whatever it
 * receives, and the CRC-32s in the file protect against corruption only.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import Module from 'node:module'
import { basename, dirname, join } from 'node:path'
import { cachedDataVersionTag } from 'node:v8'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'
import { cacheFolder, disbelief } from '../process/home.ts'

/** The time in milliseconds after which a file that no call has used counts as left over from an old build. */
const maxAge = 7 * 24 * 3600 * 1000

/** The most bytes of all files: more than those of two builds of which every command was called. */
const maxBytes = 128 * 2 ** 20

/** The number of calls whose functions are kept, after a chunk was new. */
const callsToLearn = 4

interface Compiled {
  /** The CRC-32 of the source. */
  readonly source: number
  readonly code: Buffer
}

/** Code from the file, which is checked when its chunk is loaded. */
interface Kept extends Compiled {
  /** The CRC-32 of the code. */
  readonly sum: number
}

/** An entry of the head of the file: the chunk, the CRC-32 of its source, the length of its code and the CRC-32 of its code. */
type Entry = readonly [name: string, source: number, length: number, sum: number]

/** The length in bytes of what stands before the head. */
const prefixLength = 8

/** The methods by which Node loads a module. They exist for tools like this one, although the types omit them. */
interface Loading extends NodeJS.Module {
  load(file: string): void
  _compile(this: Loading, text: string, file: string, ...more: unknown[]): unknown
}

/**
 * Loads the chunks in `folder` with compiled code from now on, as far as the cache has it. `build` identifies this build. `warn` receives
 * a message if there is a file that must be ignored.
 */
export function keepCompiled(folder: string, build: string, command: string, warn: (message: string) => void): void {
  if (process.env.NODE_DISABLE_COMPILE_CACHE !== undefined) return
  const place = cacheFolder()
  if (place === undefined) return
  // V8 gives the same tag to releases of Node that patch it: 20.19.0 crashes on code that 20.20.2 compiled.
  const tag = cachedDataVersionTag().toString(16)
  const file = join(place, 'code', `${build}-${process.version}-${process.arch}-${tag}-${command}`)
  const reason = disbelief(file)
  if (reason !== undefined) {
    warn(`compiled code in ${dirname(file)} is not used: ${reason}`)
    return
  }
  const { calls, chunks: known } = readCompiled(file)
  const loaded = new Map<string, { readonly source: number; readonly script: Script }>()
  /** The paths of the chunks that have begun to run. */
  const begun = new Set<string>()
  let hasNew = false
  const modules = Module.prototype as unknown as Loading
  const compile = modules._compile
  modules._compile = function (text, path, ...more) {
    if (dirname(path) !== folder) return compile.call(this, text, path, ...more)
    begun.add(path)
    const name = basename(path)
    const source = crc32(text)
    const before = known.get(name)
    const isSound = before?.source === source && crc32(before.code) === before.sum
    const script = new Script(Module.wrap(text), { filename: path, ...(isSound ? { cachedData: before.code } : {}) })
    if (script.cachedDataRejected !== false) hasNew = true
    loaded.set(name, { source, script })
    const run = script.runInThisContext() as (...given: unknown[]) => unknown
    return run.call(
      this.exports,
      this.exports,
      (id: string) => (id.startsWith('./') ? chunk(join(folder, id), this) : this.require(id)),
      this,
      path,
      folder,
    )
  }
  const { cache } = Module.createRequire(join(folder, 'any'))
  /** Loads a chunk by its path for `parent`, like `require` but without a search. */
  const chunk = (path: string, parent: NodeJS.Module): unknown => {
    const known = cache[path]
    // Node puts all chunks that an ES module imports into the cache before it runs the first of them. They are empty until Node itself loads them.
    if (known !== undefined) return begun.has(path) ? known.exports : parent.require(path)
    const module = new Module(path) as Loading
    cache[path] = module
    module.load(path)
    return module.exports
  }
  process.once('exit', () => {
    if (!hasNew && calls >= callsToLearn) {
      touch(file)
      return
    }
    // At the exit rather than at loading: V8 compiles functions when they are first called.
    const made = [...loaded].map(([name, { source, script }]): [string, Compiled] => [
      name,
      { source, code: script.createCachedData() },
    ])
    const sound = [...known].filter(([name, { code, sum }]) => loaded.has(name) || crc32(code) === sum)
    writeCompiled(file, hasNew ? 1 : calls + 1, new Map<string, Compiled>([...sound, ...made]))
  })
}

interface CompiledFile {
  /** The number of calls since a chunk was new, the call that loaded the chunk included. */
  readonly calls: number
  readonly chunks: ReadonlyMap<string, Kept>
}

function readCompiled(file: string): CompiledFile {
  const chunks = new Map<string, Kept>()
  try {
    const bytes = readFileSync(file)
    let at = prefixLength + bytes.readUInt32LE(4)
    const head = bytes.subarray(prefixLength, at)
    if (crc32(head) !== bytes.readUInt32LE(0)) return { calls: 0, chunks }
    const { calls, chunks: entries } = JSON.parse(head.toString()) as { calls: number; chunks: readonly Entry[] }
    for (const [name, source, length, sum] of entries) {
      chunks.set(name, { source, code: bytes.subarray(at, at + length), sum })
      at += length
    }
    return { calls, chunks }
  } catch {
    // The file does not exist yet, or it was cut off.
    return { calls: 0, chunks }
  }
}

function writeCompiled(file: string, calls: number, chunks: ReadonlyMap<string, Compiled>): void {
  const entries = [...chunks].map(([name, { source, code }]): Entry => [name, source, code.length, crc32(code)])
  const head = Buffer.from(JSON.stringify({ calls, chunks: entries }))
  const prefix = Buffer.alloc(prefixLength)
  prefix.writeUInt32LE(crc32(head), 0)
  prefix.writeUInt32LE(head.length, 4)
  const mine = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(mine, Buffer.concat([prefix, head, ...[...chunks.values()].map(({ code }) => code)]), { mode: 0o600 })
    renameSync(mine, file)
    removeUnused(dirname(file))
  } catch {
    // The home is read-only: compile every time.
  }
}

/** Notes that a file was used: its time is that of its last use. */
function touch(file: string): void {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // The home is read-only.
  }
}

/** Removes the files that have not been used for long, and the least recently used ones beyond the limit of all. */
function removeUnused(folder: string): void {
  const files = readdirSync(folder).map((name) => {
    const path = join(folder, name)
    const { mtimeMs, size } = statSync(path)
    return { path, used: mtimeMs, size }
  })
  let bytes = 0
  for (const { path, used, size } of files.sort((a, b) => b.used - a.used)) {
    bytes += size
    if (bytes > maxBytes || Date.now() - used > maxAge) rmSync(path, { force: true })
  }
}
