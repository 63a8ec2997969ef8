/** The keys of the dashboard in a real terminal, which `script` (util-linux) makes. */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'

const command = resolve('dist/llmpipe.js')
const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false
const program = `use std.models { llama }
data prose = read("prose.txt")
tokenizer letters = characters(prose)
stage base = pretrain(llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 16), on: prose |> encode(letters)) {
  steps: 1000000, batch: 2, optimizer: adamw(lr: 1e-3)
}
`

/** Runs the program in a terminal; types each key once what stands before it has been shown. Returns what was shown, and the exit code. */
function runInTerminal(script: readonly (readonly [shown: string, key: string])[]) {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-terminal-'))
  writeFileSync(join(folder, 'p.llmpipe'), program)
  writeFileSync(join(folder, 'prose.txt'), 'Call me Ishmael. Some years ago, never mind how long.\n'.repeat(50))
  const run = `stty rows 24 cols 100; exec ${process.execPath} ${command} run p.llmpipe`
  // Ink draws nothing before the end where the variable CI is set.
  const { CI, CONTINUOUS_INTEGRATION, ...inherited } = process.env
  const env = { ...inherited, TERM: 'xterm' }
  const child = spawn('script', ['-qefc', run, '/dev/null'], {
    cwd: folder,
    env,
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  const left = [...script]
  let shown = ''
  let seen = 0
  child.stdout.on('data', (chunk: Buffer) => {
    shown += stripVTControlCharacters(chunk.toString())
    while (left[0] !== undefined && shown.indexOf(left[0][0], seen) >= 0) {
      seen = shown.length
      child.stdin.write(left.shift()![1])
    }
  })
  return new Promise<{ readonly shown: string; readonly code: number | null }>((done) =>
    child.on('close', (code) => done({ shown, code })),
  )
}

test.skipIf(!hasScript)('after p has turned the dashboard into plain lines, q still stops the run', async () => {
  const { shown, code } = await runInTerminal([
    ['loss', 'p'],
    ['> base', 'q'],
  ])
  expect(shown).toContain('stopping: training saves its work')
  expect(shown).toMatch(/base +interrupted/)
  expect(code).toBe(130)
})
