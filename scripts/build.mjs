/**
 * Bundles the command into dist/: minified and split, because loading many modules would be most of its start-up time.
 *
 * The output of esbuild is rewritten, because two tools want opposite kinds of modules. esbuild splits a bundle into chunks only if they
 * are ES modules; Node loads code that was compiled earlier only as CommonJS (src/cli/code-cache.ts, docs/decisions/start-up.md). So esbuild
 * splits first, then each chunk becomes CommonJS: esbuild transforms the chunk, and `requiring` turns the imports between chunks, whose
 * names esbuild always prints as "./NAME-HASH.js", into `require`. Chunks that await at their top level (Ink's layout engine) have no
 * CommonJS form; they stay ES modules and are imported. test/scripts/build.test.ts checks the result.
 */

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, transform } from 'esbuild'

const entry = 'src/cli/llmpipe.ts'
if (existsSync(entry)) {
  const scratch = `dist.${process.pid}`
  // There only if the build failed: otherwise it has been renamed.
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
  const bundle = await build({
    // The command, and the module that files of custom stages import as `llmpipe`.
    entryPoints: { llmpipe: entry, index: 'src/custom/public.ts' },
    outdir: scratch,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    keepNames: false,
    sourcemap: false,
    legalComments: 'none',
    chunkNames: 'chunks/[name]-[hash]',
    external: ['onnxruntime-node', 'esbuild', '@tensorflow/*', 'react-devtools-core', 'fsevents'],
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const chunks = await Promise.all(bundle.outputFiles.map(asCommonJs))
  const modules = new Set(chunks.filter(({ isModule }) => isModule).map(({ path }) => basename(path)))
  for (const { path, text, isModule } of chunks) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(isModule ? asModule(path) : path, isModule ? text : requiring(text, modules))
  }
  // npm makes the command executable when it installs; a later build has to do it again.
  chmodSync(join(scratch, 'llmpipe.js'), 0o755)
  // The package is an ES module with named exports and no default export.
  const { exports: names } = bundle.metafile.outputs[`${scratch}/index.js`]
  writeFileSync(join(scratch, 'index.mjs'), `export {${names.join()}} from './index.js'\n`)
  writeFileSync(join(scratch, 'import.js'), 'module.exports=(path)=>import(path)\n')
  // dist/ is CommonJS; the sources around it are ES modules.
  writeFileSync(join(scratch, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`)
  // The page on which people rank: for browsers, served from files.
  const page = 'src/people/page'
  await build({
    entryPoints: { page: `${page}/page.ts` },
    outdir: `${scratch}/page`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
  })
  // The scripts and the style sheet of `llmpipe report`, which writes them into its pages, and of `llmpipe ui`, which serves them.
  await build({
    entryPoints: ['src/report/client/client.ts', 'src/report/client/live.ts', 'src/report/client/page.css'],
    outdir: `${scratch}/report`,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
  })
  // The program that the engine torch starts.
  const worker = 'src/engine/torch/worker'
  mkdirSync(`${scratch}/torch`)
  for (const name of readdirSync(worker))
    if (name.endsWith('.py')) copyFileSync(`${worker}/${name}`, `${scratch}/torch/${name}`)
  // The model of `identify_language`, and the licenses of this model and of the stop words.
  const language = 'src/data/language'
  copyFileSync(`${language}/lid.176.ftz`, `${scratch}/lid.176.ftz`)
  copyFileSync(`${language}/NOTICE.md`, `${scratch}/language.NOTICE.md`)
  copyFileSync(`${language}/stop-words.LICENSE.txt`, `${scratch}/stop-words.LICENSE.txt`)
  copyFileSync('src/custom/llmpipe.d.ts', `${scratch}/index.d.ts`)
  await parseStdlib(scratch)
  for (const name of ['index.html', 'page.css']) copyFileSync(`${page}/${name}`, `${scratch}/page/${name}`)
  // A rename, so that a command that starts meanwhile finds the old bundle or the new one, complete.
  if (existsSync('dist')) renameSync('dist', `${scratch}.old`)
  renameSync(scratch, 'dist')
  rmSync(`${scratch}.old`, { recursive: true, force: true })
}

/** Writes the syntax trees of the modules in stdlib/, each with its text: most programs use some, and parsing takes long. */
async function parseStdlib(scratch) {
  const parser = join(scratch, 'parse.mjs')
  await build({ entryPoints: ['grammar/parse.ts'], outfile: parser, bundle: true, format: 'esm', platform: 'node' })
  const { parse } = await import(pathToFileURL(parser))
  rmSync(parser)
  mkdirSync(`${scratch}/std`)
  for (const file of readdirSync('stdlib')) {
    const text = readFileSync(`stdlib/${file}`, 'utf8')
    const name = basename(file, '.llmpipe')
    const { program, problems } = parse(`std:${name}`, text)
    if (problems.length > 0) throw new Error(`stdlib/${file}: ${JSON.stringify(problems[0])}`)
    writeFileSync(`${scratch}/std/${name}.json`, JSON.stringify({ text, program }))
  }
}

/** Transforms a chunk to CommonJS. A chunk that awaits at its top level is returned as an ES module. */
async function asCommonJs({ path: full, text }) {
  const path = relative('.', full)
  try {
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20.19',
      minify: true,
      legalComments: 'none',
      logLevel: 'silent',
      define: { 'import.meta.url': '__url', 'import.meta.dirname': '__dirname' },
    })
    const head = code.includes('__url') ? "const __url=require('node:url').pathToFileURL(__filename).href;" : ''
    // The line of the interpreter (`#!`) has to stay first.
    return { path, text: code.replace(/^(#![^\n]*\n)?/, `$1${head}`), isModule: false }
  } catch (error) {
    if (!error.errors?.some(({ text: message }) => message.startsWith('Top-level await'))) throw error
    const require =
      "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"
    return { path, text: require + text, isModule: true }
  }
}

function asModule(path) {
  return path.replace(/\.js$/, '.mjs')
}

/**
 * Rewrites the imports of a CommonJS chunk. Other CommonJS chunks are required. Packages and chunks that are ES modules are imported
 * through import.js, because Node cannot run `import()` in code that it loads compiled.
 */
function requiring(text, modules) {
  const required = text.replace(/(import|require)\("(\.[^"]*-[A-Z0-9]{8}\.js)"\)/g, (_, how, path) => {
    if (!modules.has(basename(path)))
      return how === 'require' ? `require("${path}")` : `Promise.resolve().then(()=>require("${path}"))`
    if (how === 'require') throw new Error(`${path} awaits at its top level, and another chunk needs it at its own`)
    return `import("./chunks/${asModule(basename(path))}")`
  })
  return required.replaceAll(/\bimport\(/g, 'require("../import.js")(')
}
