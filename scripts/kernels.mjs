/**
 * Compiles src/train/step/kernels.as.ts to WebAssembly, as text in src/train/step/kernels.generated.ts. With `--check` it writes
 * nothing and exits with 1 if the file is stale.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'

const source = 'src/train/step/kernels.as.ts'
const target = 'src/train/step/kernels.generated.ts'

let binary
const options = ['-O3', '--enable', 'simd', '--importMemory', '--runtime', 'stub', '--noAssert']
const { error, stderr } = await asc.main([source, '-o', 'kernels.wasm', ...options], {
  readFile: (name) => (existsSync(name) ? readFileSync(name, 'utf8') : null),
  writeFile: (_, contents) => {
    binary = contents
  },
})
if (error) {
  console.error(stderr.toString())
  throw error
}

const lines = Buffer.from(binary)
  .toString('base64')
  .match(/.{1,100}/g)
  .map((line) => `  '${line}'`)
const text = `/** Made by scripts/kernels.mjs of kernels.as.ts; do not edit. */\n\nexport const kernels =\n${lines.join(' +\n')}\n`
const stale = !existsSync(target) || readFileSync(target, 'utf8') !== text
if (process.argv.includes('--check')) {
  if (stale) console.error(`${target} is stale: run npm run generate`)
  process.exit(stale ? 1 : 0)
}
if (stale) writeFileSync(target, text)
