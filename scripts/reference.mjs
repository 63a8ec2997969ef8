/**
 * Generates docs/reference/cli.md and docs/reference/stages.md from the help of the commands and the schemas of the stage kinds. With
 * `--check` it writes nothing and exits with 1 if a page is stale.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const pages = `
import { catalogue } from './src/cli/program/catalogue.ts'
import { cliReference } from './src/cli/reference/reference.ts'
import { stagesReference } from './src/cli/reference/stages-reference.ts'

export const cli = cliReference()
export const stages = stagesReference(catalogue)
`

// Inside node_modules, so that the bundle finds the packages that it leaves out.
const folder = `node_modules/.cache/llmpipe-reference-${process.pid}`
mkdirSync(folder, { recursive: true })
try {
  const outfile = `${folder}/reference.mjs`
  await build({
    stdin: { contents: pages, resolveDir: '.', loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  })
  for (const [name, text] of Object.entries(await import(pathToFileURL(outfile)))) {
    const path = `docs/reference/${name}.md`
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
    if (process.argv.includes('--check')) {
      console.error(`${path} is stale: run npm run generate`)
      process.exitCode = 1
    } else writeFileSync(path, text)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
