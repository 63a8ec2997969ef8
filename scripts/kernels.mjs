/**
 * Compiles each kernel in AssemblyScript, NAME.as.ts, to WebAssembly, as text in NAME.generated.ts beside it. With `--check` it writes nothing and exits with 1
 * if a file is stale.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import asc from 'assemblyscript/asc'

const options = ['-O3', '--enable', 'simd', '--importMemory', '--runtime', 'stub', '--noAssert']

for (const stem of ['src/train/step/kernels', 'src/data/dedup/minhash']) {
  let binary
  const { error, stderr } = await asc.main([`${stem}.as.ts`, '-o', 'kernels.wasm', ...options], {
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
  const target = `${stem}.generated.ts`
  const made = `Made by scripts/kernels.mjs of ${basename(stem)}.as.ts; do not edit.`
  const text = `/** ${made} */\n\nexport const kernels =\n${lines.join(' +\n')}\n`
  if (existsSync(target) && readFileSync(target, 'utf8') === text) continue
  if (process.argv.includes('--check')) {
    console.error(`${target} is stale: run npm run generate`)
    process.exitCode = 1
  } else writeFileSync(target, text)
}
