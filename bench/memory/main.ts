/**
 * The peak memory of a pre-training, compared with the estimate of `check`.
 *
 *     npm run bench memory -- [--models gpt2_small,gpt2_medium] [--steps N] [--batch N] [--context N]
 *
 * Each model is a preset of std.presets (gpt2_medium has 355 million parameters) with random initial weights. `llmpipe check` estimates the memory
 * of a program that trains it for a few steps, and `llmpipe run` trains it. The measured memory is the largest resident memory of one process of
 * the run, which is that of the stage, by the kernel's own count (VmHWM; Linux only). The command fails if a training takes more than its estimate.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { entry, llmpipe, machine } from '../measure.ts'

const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: 'gpt2_small,gpt2_medium' },
    steps: { type: 'string', default: '3' },
    batch: { type: 'string', default: '2' },
    context: { type: 'string', default: '128' },
  },
})
const { steps, batch, context } = flags

console.log(machine())
console.log(`${steps} steps of ${batch} windows of ${context} tokens\n`)
const rows: Record<string, Record<string, string>> = {}
for (const model of flags.models.split(',')) {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
  try {
    rows[model] = await measured(model, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
console.table(rows)
const above = Object.keys(rows).filter((model) => Number(rows[model]!['measured ÷ estimate']) > 1)
if (above.length > 0) {
  console.error(`${above.join(', ')} took more memory than check estimates`)
  process.exitCode = 1
}

async function measured(model: string, folder: string): Promise<Record<string, string>> {
  writeFileSync(join(folder, 'text.txt'), 'It was the best of times, it was the worst of times.\n'.repeat(1000))
  writeFileSync(
    join(folder, 'main.llmpipe'),
    `use std.presets { ${model} }
tokenizer letters = bytes()
model gpt = ${model}()
data tokens = read("text.txt") |> encode(letters)
stage base = pretrain(gpt, on: tokens) { steps: ${steps}, batch: ${batch}, context: ${context}, schedule: constant(warmup: 0) }
`,
  )
  const checked = llmpipe(['check', 'main.llmpipe', '--no-color'], folder)
  const figure = (label: string) => new RegExp(`^\\s+${label}\\s+(.*)$`, 'm').exec(checked)?.[1] ?? ''
  const estimate = bytesIn(figure('memory'))
  const begin = performance.now()
  const peak = await peakOf(folder)
  return {
    parameters: figure('parameters').split(' ')[0]!,
    'estimate of check': figure('memory'),
    'measured GB': (peak / 1e9).toFixed(2),
    'measured ÷ estimate': (peak / estimate).toFixed(2),
    's with start and samples': ((performance.now() - begin) / 1e3).toFixed(0),
  }
}

/** `8.22 GB: weights …` in bytes. */
function bytesIn(text: string): number {
  const [, number, unit = ''] = /^([\d.]+) ([kMG]?)B/.exec(text) ?? []
  if (number === undefined) throw new Error(`check printed no memory: ${text}`)
  return Number(number) * ({ k: 1e3, M: 1e6, G: 1e9 }[unit] ?? 1)
}

/** Runs the program; returns the most resident bytes that one of its processes had. Throws if it fails. */
async function peakOf(folder: string): Promise<number> {
  const child = spawn(process.execPath, [entry, 'run', 'main.llmpipe', '--plain'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  let most = 0
  const timer = setInterval(() => {
    for (const pid of familyOf(child.pid!)) most = Math.max(most, residentPeak(pid))
  }, 50)
  const ended = await new Promise<number | string | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  )
  clearInterval(timer)
  if (ended !== 0) throw new Error(`llmpipe run ended with ${ended}:\n${stderr}`)
  return most
}

/** A process and those that it started, directly or not. */
function familyOf(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const stat = pid > 0 ? textOf(`/proc/${pid}/stat`) : ''
    if (stat !== '') parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const family = [root]
  for (const parent of family) for (const [pid, its] of parents) if (its === parent) family.push(pid)
  return family
}

function residentPeak(pid: number): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0)
}

/** The text of a file of /proc; empty if the process has ended. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
