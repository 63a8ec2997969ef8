/**
 * A run with nothing to do, compared with `node -e ''`.
 *
 *     npm run bench noop -- [--rounds N] [--program FILE]
 *
 * The program is run again unchanged, and after changes without a meaning: a moved project, a comment, white space, another name of a
 * stage. Each round makes one run of each kind in turn, between two runs of a bare `node`, since the speed of a machine changes from one second
 * to the next. Numbers are medians, also of the ratios. The program is pipelines/assistant.llmpipe by default, with almost no training.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bareNode, entry, machine, median, timed } from '../measure.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    program: { type: 'string', default: 'pipelines/assistant.llmpipe' },
  },
})
const rounds = Number(flags.rounds)
const home = mkdtempSync(join(tmpdir(), 'llmpipe-noop-'))
let folder = join(home, 'project-0')
const source = readFileSync(flags.program, 'utf8')
  .replaceAll(/steps: +\d+/g, 'steps: 1')
  // A warm-up that is longer than the training is a warning, and a program with warnings is compiled after a change of comments too.
  .replaceAll(/warmup: +\d+/g, 'warmup: 0')
  .replace(/expect [^\n]*\n/g, '')
const params = ['-p', 'steps=1', '-p', 'dim=16']

cpSync('pipelines/data', join(folder, 'data'), { recursive: true })
write(source)
const first = run()
if (first.status !== 0) throw new Error(`the first run ended with ${first.status}: ${first.stderr}`)

const cases: Readonly<Record<string, (round: number) => void>> = {
  'the same again': () => write(source),
  'moved to another folder': (round) => {
    const next = join(home, `project-${round + 1}`)
    renameSync(folder, next)
    folder = next
  },
  'another comment': (round) => write(`// ${round}\n${source}`),
  'other white space': (round) => write(source.replaceAll('\n\n', '\n'.repeat(3 + round))),
  'another name of a stage': (round) => write(source.replaceAll(/\bbase\b/g, `base${round}`)),
}
const times = new Map(Object.keys(cases).map((name) => [name, { run: [] as number[], bare: [] as number[] }]))
for (let round = 0; round < rounds; round++)
  for (const [name, prepare] of Object.entries(cases)) {
    prepare(round)
    let summary = ''
    const before = bareNode()
    const took = timed(() => {
      summary = run().stdout
    })
    const { run: runs, bare } = times.get(name)!
    runs.push(took)
    bare.push((before + bareNode()) / 2)
    if (!/^0 ran, \d+ cached/m.test(summary)) throw new Error(`${name}: it ran something\n${summary}`)
    // The changed program is now remembered as compiled, so the next case starts from the original one.
    write(source)
    run()
  }
rmSync(home, { recursive: true, force: true })

console.log(`${machine()}; ${flags.program}, medians of ${rounds} rounds\n`)
console.table(
  Object.fromEntries(
    [...times].map(([name, { run: runs, bare }]) => [
      name,
      {
        ms: Math.round(median(runs)),
        "ms of node -e ''": Math.round(median(bare)),
        "times node -e ''": median(runs.map((took, round) => took / bare[round]!)).toFixed(2),
      },
    ]),
  ),
)

function write(text: string): void {
  writeFileSync(join(folder, 'a.llmpipe'), text)
}

function run() {
  return spawnSync(process.execPath, [entry, 'run', 'a.llmpipe', '--plain', ...params], {
    cwd: folder,
    encoding: 'utf8',
  })
}
