/** Runs `shell`. */

import { copyFileSync, createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { createInterface } from 'node:readline'
import { Interrupted, StageError } from '../../core/failure.ts'
import { LineBudget } from '../../core/values/output-lines.ts'
import { type ExampleKind, isExampleKind, stems } from '../../data/conversations/examples.ts'
import { takenLine } from '../../data/shards/custom-records.ts'
import { ShardWriter } from '../../data/shards/shards.ts'
import { failureOfExit, outOfMemoryKills, saysOutOfMemory } from '../../process/exit.ts'
import type { RunOf, StageOf } from '../shared/define-kind.ts'
import { makes, type shell } from './shell.ts'
import { runCommand } from './shell-process.ts'

/** The most bytes of a log. */
const logLimit = 8 * 1024 ** 2
/** The most characters of a line in a message. */
const lineShown = 500

/** The variables of the environment that every command sees. */
const alwaysPassed = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'CUDA_VISIBLE_DEVICES']

export const run: RunOf<typeof import('./shell.ts').shell> = async (stage) => {
  const kind = makes[stage.settings.makes]
  const out = stage.outputs.out
  // Records are checked before they become the output. Files can be anything.
  const made = kind === 'Files' ? out : join(stage.work, 'out')
  const folder = join(stage.work, 'in')
  for (const each of [folder, ...(made === out ? [] : [made])]) {
    rmSync(each, { recursive: true, force: true })
    mkdirSync(each, { recursive: true })
  }
  const files = stage.files.files ?? []
  for (const { path, name } of files) {
    // At its path relative to the program; a file from elsewhere by its name.
    const inside = isAbsolute(name) || name.startsWith('..') ? basename(path) : name
    mkdirSync(dirname(join(folder, inside)), { recursive: true })
    copyFileSync(path, join(folder, inside))
  }
  const started = performance.now()
  await command(stage, folder, made)
  const seconds = (performance.now() - started) / 1000
  if (kind === 'Files') {
    const count = readdirSync(out, { recursive: true }).length
    return { metrics: { files: count, seconds }, summary: `${count} file${count === 1 ? '' : 's'}` }
  }
  const count = await take(made, out, kind === 'Docs' ? 'Docs' : (kind as ExampleKind))
  const name = kind === 'Docs' ? 'documents' : isExampleKind(kind) ? stems[kind] : 'records'
  const noun = count === 1 ? name.replace(/s$/, '') : name
  return { metrics: { [name]: count }, summary: `${count.toLocaleString('en-US')} ${noun}` }
}

/** Runs the command to its end. A StageError if its exit code is not 0. */
async function command(stage: StageOf<typeof shell>, folder: string, made: string): Promise<void> {
  const inputs = stage.inputs.inputs.map(({ path }, i) => [`IN${i + 1}`, path] as const)
  const set = stage.settings.env.map((each) => {
    const at = each.indexOf('=')
    return [each.slice(0, at), each.slice(at + 1)] as const
  })
  const seen = [...alwaysPassed, ...stage.hints.pass].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const env = Object.fromEntries([...seen, ...set, ...inputs, ['OUT', made]])
  const last: string[] = []
  const memoryKills = outOfMemoryKills()
  let ranOut = false
  const log = new LineBudget(logLimit, (message) => stage.emit({ event: 'log', level: 'info', message }))
  const { code, signal, left, isHeld } = await runCommand({
    command: stage.settings.command,
    folder,
    env,
    signal: stage.signal,
    hear(message) {
      last.push(message)
      if (last.length > 5) last.shift()
      ranOut ||= saysOutOfMemory(message)
      log.take(message)
    },
  })
  const cut = log.end()
  const warn = (message: string) => stage.emit({ event: 'log', level: 'warning', message })
  if (cut !== undefined) warn(`its log is cut: ${cut.replace(' are left out here', ' were left out')}`)
  if (isHeld) warn('a process that the command started has left its group and holds its output; it was not waited for')
  if (left.length > 0) warn(`the command left processes behind (${left.join(', ')}); they were ended`)
  if (stage.signal.aborted) throw new Interrupted()
  if (code === 0) return
  const death = failureOfExit({ code, signal, systemRanOut: outOfMemoryKills() > memoryKills }, { ranOut })
  if (death.code !== 'crashed') throw new StageError(death.code, death.message, death.help)
  const said =
    last.length === 0 ? 'it said nothing' : `it said last: ${last.map((line) => line.slice(0, lineShown)).join(' ⏎ ')}`
  throw new StageError(
    'command-failed',
    `the command ended with exit code ${code}; ${said}`,
    'Its whole log is with the stage.',
  )
}

/** Copies the lines of all `.jsonl` files, in the order of their names, and returns their number. */
async function take(made: string, out: string, kind: 'Docs' | ExampleKind): Promise<number> {
  const names = readdirSync(made)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
  if (names.length === 0)
    throw new StageError('nothing-left', 'the command made no .jsonl file', 'Let it write to "$OUT/docs.jsonl".')
  const writer = new ShardWriter(out, undefined, kind === 'Docs' ? 'docs' : stems[kind])
  let count = 0
  for (const name of names) {
    let number = 0
    for await (const line of createInterface({ input: createReadStream(join(made, name)), crlfDelay: Infinity })) {
      number++
      if (line.trim() === '') continue
      writer.writeLine(lineOf(line, kind, `${name}:${number}`))
      count++
    }
  }
  writer.close()
  return count
}

function lineOf(text: string, kind: 'Docs' | ExampleKind, where: string): string {
  const made = takenLine(recordIn(text), kind)
  if ('line' in made) return made.line
  throw new StageError('bad-output', `the command made ${where}, which is not ${made.expected}`)
}

function recordIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The caller reports it like any other line that is not a record.
    return undefined
  }
}
