/**
 * Runs a benchmark or a trial: `npm run bench tokenizer -- --text FILE` bundles bench/tokenizer/main.ts and runs it with the remaining
 * arguments. Without a name, or with an unknown one, it lists the names, each with the first sentence of its file.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const [kind, name, ...rest] = process.argv.slice(2)
const root = kind === 'trial' ? 'trials' : 'bench'
const entryOf = (folder) => `${root}/${folder}/main.ts`
const entry = entryOf(name)

/** The first sentence of the comment that a file begins with. */
function firstSentence(path) {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(path, 'utf8')) ?? []
  const [sentence = ''] = /^.*?\.(?=\s|$)/.exec(comment.replaceAll(/\n \* ?/g, ' ').trim()) ?? []
  return sentence.replace(/\.$/, '')
}

if (name === undefined || !existsSync(entry)) {
  const names = readdirSync(root).filter((folder) => existsSync(entryOf(folder)))
  const width = Math.max(...names.map((each) => each.length))
  const lines = names.map((each) => `  ${each.padEnd(width)}  ${firstSentence(entryOf(each))}`)
  const isAsked = name === undefined || name === '--help'
  const text = [
    ...(isAsked ? [] : [`there is no ${kind} "${name}"`, '']),
    `npm run ${kind} NAME -- [OPTIONS]`,
    '',
    ...lines,
    '',
    `${root}/README.md says how to read the results; each ${root}/NAME/main.ts begins with its options.`,
  ].join('\n')
  if (isAsked) console.log(text)
  else console.error(text)
  process.exit(isAsked ? 0 : 2)
}

// Inside node_modules, so that packages left out of the bundle are found from there.
const folder = `node_modules/.cache/llmpipe-${kind}-${process.pid}`
mkdirSync(folder, { recursive: true })
try {
  // The program that the engine torch starts, and the model of identify_language, lie beside the code, as in dist/.
  cpSync('src/engine/torch/worker', `${folder}/torch`, { recursive: true })
  cpSync('src/data/language/lid.176.ftz', `${folder}/lid.176.ftz`)
  const outfile = `${folder}/main.mjs`
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  })
  process.exitCode = spawnSync(process.execPath, [outfile, ...rest], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
