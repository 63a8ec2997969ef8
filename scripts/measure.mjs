/** Runs a benchmark or a trial: `npm run bench tokenizer -- --text FILE` bundles bench/tokenizer/main.ts and runs it with the remaining arguments. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const [kind, name, ...rest] = process.argv.slice(2)
const root = kind === 'trial' ? 'trials' : 'bench'
const entry = `${root}/${name}/main.ts`
if (name === undefined || !existsSync(entry)) {
  const names = readdirSync(root).filter((folder) => existsSync(`${root}/${folder}/main.ts`))
  console.error(`usage: npm run ${kind} NAME -- [OPTIONS]\nnames: ${names.join(', ')}`)
  process.exit(2)
}

// Inside node_modules, so that packages left out of the bundle are found from there.
const folder = `node_modules/.cache/llmpipe-${kind}-${process.pid}`
mkdirSync(folder, { recursive: true })
try {
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
