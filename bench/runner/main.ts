/**
 * The runner, compared with make, Snakemake and DVC on the same graph.
 *
 *     npm run bench runner -- [--stages N] [--rounds N]
 *
 * Each step copies a small file and adds a line; there are 220 steps by default. Measured are the first run, a run with nothing to do, a run
 * after an input was touched, and a run after an input was changed. Snakemake and DVC are measured if LLMPIPE_PYTHON names a Python that they
 * are installed beside. Each round measures every tool. Numbers are medians; the number of steps that ran is in parentheses.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine, median, timed } from '../measure.ts'
import { type Tool, tools, writeInputs } from './tools.ts'

const { values: flags } = parseArgs({
  options: { stages: { type: 'string', default: '220' }, rounds: { type: 'string', default: '5' } },
})
const rounds = Number(flags.rounds)
const chains = Math.ceil(Number(flags.stages) / 4)
const home = mkdtempSync(join(tmpdir(), 'llmpipe-runner-'))
// The folder is removed at the end, so its trust must not go into the user's own list.
process.env.XDG_STATE_HOME = join(home, 'state')

interface Row {
  readonly folder: string
  readonly version: string
  readonly times: Record<string, number[]>
  readonly ran: Record<string, number>
}

const cases: Readonly<Record<string, (folder: string, round: number) => void>> = {
  'nothing to do': () => {},
  'an input touched': (folder) => {
    const now = new Date()
    utimesSync(join(folder, 'in/0.txt'), now, now)
  },
  'an input changed': (folder, round) => writeFileSync(join(folder, 'in/1.txt'), `Round ${round}.\n`),
}

console.log(`${machine()}; ${4 * chains} steps, medians of ${rounds} rounds\n`)
try {
  const rows = new Map<Tool, Row>()
  const table: Record<string, Record<string, string>> = {}
  for (const tool of tools(dirname(process.env.LLMPIPE_PYTHON ?? 'no-python/bin'))) {
    let version: string
    try {
      version = tool.version()
    } catch (error) {
      console.log(`${tool.name} is not measured: ${(error as Error).message}`)
      table[tool.name] = { 'first run': 'does not run here' }
      continue
    }
    const folder = join(home, tool.name)
    mkdirSync(folder)
    writeInputs(folder, chains)
    tool.prepare(folder, chains)
    rows.set(tool, { folder, version, times: {}, ran: {} })
    measure(tool, 'first run', () => {})
  }
  for (let round = 0; round < rounds; round++)
    for (const [name, change] of Object.entries(cases))
      for (const tool of rows.keys()) measure(tool, name, (folder) => change(folder, round))
  const [ours] = rows.values()
  for (const [{ name }, { version, times, ran }] of rows) {
    const cells = Object.entries(times).map(([which, all]) => {
      const ratio = median(all) / median(ours?.times[which] ?? [])
      return [which, `${Math.round(median(all))} ms, ${ratio.toFixed(1)} × (${ran[which]})`]
    })
    table[`${name} ${version}`] = Object.fromEntries(cells)
  }
  console.table(table)

  function measure(tool: Tool, which: string, change: (folder: string) => void): void {
    const { folder, times, ran } = rows.get(tool)!
    change(folder)
    if (which !== 'first run' && which !== 'nothing to do') tool.changed?.(folder)
    const before = stepsRun(folder)
    times[which] = [...(times[which] ?? []), timed(() => tool.run(folder))]
    ran[which] = stepsRun(folder) - before
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}

/** The number of steps that have run in a folder. */
function stepsRun(folder: string): number {
  try {
    return readFileSync(join(folder, 'ran'), 'utf8').split('\n').length - 1
  } catch {
    // No step has run yet.
    return 0
  }
}
