/**
 * The overhead of llmpipe itself: runs with nothing to do, many stages, many files, and a stage that does nothing.
 *
 *     npm run bench scale -- [--rounds N] [--stages N]
 *
 * - a run with nothing to do, of 222 stages and of `--stages` (10,002 by default), compared with `node -e ''`;
 * - `llmpipe plan` of `--stages` stages, compared with one of 1,002, before anything has run;
 * - a stage that reads 10,000 files: the system calls of a run with nothing to do, counted by strace if it is installed;
 * - 40 stages that do nothing, one after another, each compared with `node -e ''`.
 *
 * Numbers are medians of rounds that make one of each in turn. The stores of the runs with nothing to do are filled without processes.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Plan } from '../../src/core/plan.ts'
import { bareNode, entry, llmpipe, machine, median, timed } from '../measure.ts'
import { fill } from './fill.ts'
import { writeProgram } from './program.ts'

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, stages: { type: 'string', default: '10002' } },
})
const rounds = Number(flags.rounds)
const many = Number(flags.stages)
const home = mkdtempSync(join(tmpdir(), 'llmpipe-scale-'))
try {
  console.log(`${machine()}; medians of ${rounds} rounds\n`)
  planning()
  await noop()
  files()
  dispatch()
} finally {
  rmSync(home, { recursive: true, force: true })
}

function planning(): void {
  const few = folderOf(1002)
  const lots = folderOf(many)
  const times = { few: [] as number[], lots: [] as number[] }
  for (let round = 0; round < Math.max(3, rounds / 3); round++) {
    times.few.push(timed(() => llmpipe(['plan', 'a.llmpipe'], few)))
    times.lots.push(timed(() => llmpipe(['plan', 'a.llmpipe'], lots)))
  }
  const [a, b] = [median(times.few), median(times.lots)]
  console.log(`plan, nothing run: 1,002 stages ${ms(a)}, ${many.toLocaleString('en')} stages ${ms(b)}, ${ratio(b, a)}`)
}

async function noop(): Promise<void> {
  for (const [stages, turns] of [
    [222, rounds],
    [many, Math.max(3, rounds / 3)],
  ] as const) {
    const folder = folderOf(stages)
    await fill(JSON.parse(llmpipe(['plan', 'a.llmpipe', '--json'], folder)) as Plan, folder)
    const run = () => nothingRan(llmpipe(['run', 'a.llmpipe', '--plain'], folder))
    run()
    const times = { bare: [] as number[], run: [] as number[] }
    for (let round = 0; round < turns; round++) {
      times.bare.push(bareNode())
      times.run.push(timed(run))
    }
    const [bare, all] = [median(times.bare), median(times.run)]
    console.log(
      `no-op run, ${stages.toLocaleString('en')} stages: ${ms(all)}, ${ratio(all, bare)} node -e '' (${ms(bare)})`,
    )
  }
}

function files(): void {
  const folder = join(home, 'files')
  const count = 10_000
  mkdirSync(join(folder, 'data'), { recursive: true })
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `data/${i}.txt`), `Text ${i}.\n`)
  writeFileSync(join(folder, 'a.llmpipe'), 'data docs = read("data/*.txt")\n')
  // llmpipe reads files again that changed within the last two seconds, so that it misses no change.
  spawnSync('sleep', ['3'])
  llmpipe(['run', 'a.llmpipe', '--plain'], folder)
  const times = Array.from({ length: rounds }, () =>
    timed(() => nothingRan(llmpipe(['run', 'a.llmpipe', '--plain'], folder))),
  )
  const trace = join(home, 'trace')
  const calls = 'trace=%file,read,pread64,readv'
  const traced = spawnSync(
    'strace',
    ['-f', '-y', '-e', calls, '-o', trace, process.execPath, entry, 'run', 'a.llmpipe', '--plain'],
    { cwd: folder, encoding: 'utf8' },
  )
  console.log(`no-op run, 1 stage with 10,000 files: ${ms(median(times))}`)
  if (traced.error !== undefined) {
    console.log('  (strace is not installed: calls were not counted)')
    return
  }
  nothingRan(traced.stdout)
  const lines = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => /\/data\/\d+\.txt/.test(line))
  const number = (call: RegExp) => lines.filter((line) => call.test(line)).length
  const stats = number(/^\d+ +\w*stat\w*\(/)
  const opened = number(/^\d+ +open\w*\(/)
  const read = /^\d+ +p?read\w*\(\d+<[^>]*\/data\/\d+\.txt>.* = (\d+)$/
  const bytes = lines.reduce((sum, line) => sum + Number(read.exec(line)?.[1] ?? 0), 0)
  console.log(
    `  ${(stats / count).toFixed(2)} stat calls a file, ${opened} files opened, ${bytes} bytes of content read`,
  )
}

function dispatch(): void {
  const folder = join(home, 'dispatch')
  const count = 40
  mkdirSync(folder)
  const run = () => llmpipe(['run', 'a.llmpipe', '--plain', '--jobs', '1'], folder)
  const write = (round: number) => {
    const lines = Array.from({ length: count }, (_, i) => `tokenizer t${i} = bytes(special: ["<|${round}-${i}|>"])`)
    writeFileSync(join(folder, 'a.llmpipe'), `${lines.join('\n')}\n`)
  }
  // Work that is done only once, such as compiling code, is done here.
  write(-1)
  run()
  const times = { bare: [] as number[], stage: [] as number[] }
  for (let round = 0; round < Math.max(3, rounds / 3); round++) {
    write(round)
    const all = timed(run)
    const without = timed(() => nothingRan(run()))
    times.stage.push((all - without) / count)
    times.bare.push(median([0, 1, 2, 3, 4].map(bareNode)))
  }
  const [bare, stage] = [median(times.bare), median(times.stage)]
  console.log(`a stage that does nothing: ${ms(stage)}, ${ratio(stage, bare)} node -e '' (${ms(bare)})`)
}

function folderOf(stages: number): string {
  const folder = join(home, `${stages}`)
  writeProgram(folder, stages)
  return folder
}

function nothingRan(output: string): void {
  if (!/^0 ran, [\d,]+ cached/m.test(output)) throw new Error(`it ran something\n${output.slice(-1000)}`)
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds).toLocaleString('en')} ms`
}

function ratio(a: number, b: number): string {
  return `${(a / b).toFixed(2)} ×`
}
