/**
 * Bundles the command into dist/: minified and split, since most of its start-up time would be module loading.
 *
 * esbuild splits ES modules only, and Node can be handed compiled code for CommonJS only (src/cli/code-cache.ts). So each chunk
 * is made CommonJS afterwards, but for those that await at their top level, which stay what they are and are imported.
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
  // Renamed by then, or of a build that failed.
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
  const bundle = await build({
    // The command, and what files of stages import as `llmpipe`.
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
  // npm makes it executable once, when it installs; whoever builds later wants to start it all the same.
  chmodSync(join(scratch, 'llmpipe.js'), 0o755)
  // What the package gives is an ES module, of the names it exports and no default.
  const { exports: names } = bundle.metafile.outputs[`${scratch}/index.js`]
  writeFileSync(join(scratch, 'index.mjs'), `export {${names.join()}} from './index.js'\n`)
  writeFileSync(join(scratch, 'import.js'), 'module.exports=(path)=>import(path)\n')
  // dist/ has another kind of modules than the sources around it.
  writeFileSync(join(scratch, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`)
  // The page that people rank on: for browsers, and read as files.
  const page = 'src/people/page'
  await build({
    entryPoints: { page: `${page}/page.ts` },
    outdir: `${scratch}/page`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
  })
  copyFileSync('src/custom/llmpipe.d.ts', `${scratch}/index.d.ts`)
  await parseStdlib(scratch)
  for (const name of ['index.html', 'page.css']) copyFileSync(`${page}/${name}`, `${scratch}/page/${name}`)
  // A rename, so that a command that runs meanwhile sees the old bundle or the new one, whole.
  if (existsSync('dist')) renameSync('dist', `${scratch}.old`)
  renameSync(scratch, 'dist')
  rmSync(`${scratch}.old`, { recursive: true, force: true })
}

/** The trees of the modules of llmpipe itself, each with the text it is of: most programs use some, and reading them takes long. */
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

/** A chunk as CommonJS; one that awaits at its top level as it is. */
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
    // The name of the interpreter stays the first line.
    return { path, text: code.replace(/^(#![^\n]*\n)?/, `$1${head}`), isModule: false }
  } catch (error) {
    if (!error.errors?.some(({ text: said }) => said.startsWith('Top-level await'))) throw error
    const require =
      "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"
    return { path, text: require + text, isModule: true }
  }
}

function asModule(path) {
  return path.replace(/\.js$/, '.mjs')
}

/**
 * What a chunk imports when it needs it: chunks are required; what else there is, packages and ES modules, is imported by import.js,
 * since code that was kept compiled cannot import.
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
