/**
 * Generates the parser of editors/tree-sitter-llmpipe from its grammar.js: in C, as editors compile it, and as WebAssembly, as the tests load
 * it. With `--check` it writes nothing and exits with 1 if a file is stale.
 *
 * LLMPIPE_TREE_SITTER names a folder with `bin/tree-sitter`, the command line of tree-sitter, and `node_modules/@yowasp/clang`, a C compiler
 * that runs in Node. .ci/editors installs both; other versions of them make other files.
 */

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const grammar = 'editors/tree-sitter-llmpipe'
const headers = ['alloc.h', 'array.h', 'parser.h'].map((name) => `src/tree_sitter/${name}`)
const isCheck = process.argv.includes('--check')

const tools = process.env.LLMPIPE_TREE_SITTER
if (!tools) {
  console.error(
    'LLMPIPE_TREE_SITTER is not set. It names the folder with the tools of tree-sitter: see scripts/tree-sitter.mjs.',
  )
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'tree-sitter-'))
try {
  for (const [path, bytes] of await generated()) {
    const target = join(grammar, path)
    if (existsSync(target) && readFileSync(target).equals(bytes)) continue
    if (isCheck) {
      console.error(`${target} is stale: run npm run tree-sitter`)
      process.exitCode = 1
      continue
    }
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes)
    console.log(target)
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** The generated files, by their paths in the folder of the grammar. */
async function generated() {
  for (const name of ['grammar.js', 'tree-sitter.json', 'src/scanner.c'])
    cpSync(join(grammar, name), join(folder, name))
  execFileSync(resolve(tools, 'bin/tree-sitter'), ['generate', '--js-runtime', process.execPath], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const read = (path) => readFileSync(join(folder, path))
  const sources = ['src/parser.c', 'src/scanner.c', ...headers]
  const wasm = await compiled(Object.fromEntries(sources.map((path) => [path.replace('src/', ''), read(path)])))
  return [
    ...['src/parser.c', 'src/grammar.json', 'src/node-types.json', ...headers].map((path) => [path, read(path)]),
    ['tree-sitter-llmpipe.wasm', wasm],
  ]
}

/** The parser as WebAssembly: a library without a memory of its own, which web-tree-sitter loads into its own. */
async function compiled(sources) {
  const { runClang } = await import(pathToFileURL(resolve(tools, 'node_modules/@yowasp/clang/gen/bundle.js')))
  const files = {}
  for (const [path, bytes] of Object.entries(sources)) {
    if (dirname(path) === '.') files[path] = new Uint8Array(bytes)
    else files[dirname(path)] = { ...files[dirname(path)], [basename(path)]: new Uint8Array(bytes) }
  }
  const linked = [
    '--export=tree_sitter_llmpipe',
    '--allow-undefined',
    '--no-entry',
    '--experimental-pic',
    '--strip-all',
  ]
  const options = ['-shared', '-fPIC', '-Os', '-nostdlib', '-fvisibility=hidden', '-fno-exceptions', '-I', '.']
  const { 'out.wasm': wasm } = await runClang(
    ['clang', ...options, ...linked.map((each) => `-Wl,${each}`), 'parser.c', 'scanner.c', '-o', 'out.wasm'],
    files,
  )
  return Buffer.from(wasm)
}
