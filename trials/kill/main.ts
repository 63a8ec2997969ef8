/**
 * Kills of runners and stages: a pipeline from text to PPO and evaluation, killed by SIGKILL at random moments until it has finished.
 *
 *     npm run trial kill -- [--kills N] [--seed N]
 *
 * Kills hit the runner, a stage, or both; `cache gc` and `cache verify` run in between, and are killed too. The outputs have to equal those of
 * an undisturbed run, byte for byte, and no finished stage may run again. Pipelines are repeated in new stores until there were N kills.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/values/random.ts'
import { type Event, eventsIn } from '../../test/cli/rig.ts'
import { endTrial } from '../end.ts'

const { values: flags } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
})
const wanted = Number(flags.kills)
const random = new Random(Number(flags.seed), 'kills')
const entry = resolve('dist/llmpipe.js')

const program = `use std.models { llama }
use std.chat { chatml }
use std.clean { tidy }

data docs    = read("definitions.jsonl")
data glosses = read("definitions.jsonl", field: "gloss") |> tidy() |> dedup(minhash)
tokenizer bpe = train_bpe(glosses, vocab: 300, special: chatml.tokens)
model tiny = llama(vocab: bpe.size, dim: 16, layers: 1, heads: 2, context: 96)
stage base = pretrain(tiny, on: glosses |> encode(bpe)) { steps: 60, batch: 4, checkpoint_every: 20ms }
data pairs = docs |> pair(prompt: "Define {word}.", response: "{gloss}")
stage chat = sft(base, on: pairs, template: chatml) { epochs: 2, batch: 4, checkpoint_every: 20ms }
data ranked = read("two_dictionaries.jsonl") |> rankings(prompt: "Define {word}.", best_first: ["{cynic}", "{scholar}"])
stage reward = reward_model(chat, on: ranked) { too_long: cut_start, batch: 4, checkpoint_every: 20ms }
data asked, unseen = pairs |> prompts() |> split(50%, 50%, seed: 1)
stage aligned = ppo(chat, reward: reward, on: asked) { steps: 12, rollouts: 8, max_tokens: 8, checkpoint_every: 20ms }
stage score = evaluate([base, chat, aligned], on: pairs) {
  win_rate: against(chat, judge: reward, on: unseen, max_tokens: 8)
}
export aligned to "out/assistant" as hf
`

interface Project {
  readonly folder: string
  start(args: readonly string[]): ChildProcess
}

function makeProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-kill-'))
  writeFileSync(join(folder, 'a.llmpipe'), program)
  for (const [name, lines] of [
    ['definitions.jsonl', 160],
    ['two_dictionaries.jsonl', 48],
  ] as const) {
    const text = readFileSync(join('pipelines/data', name), 'utf8').split('\n').slice(0, lines).join('\n')
    writeFileSync(join(folder, name), `${text}\n`)
  }
  return {
    folder,
    start: (args) => spawn(process.execPath, [entry, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }),
  }
}

/** The output of every stage, and how the run got it. */
const digestsIn = (events: readonly Event[]) =>
  new Map(
    events.flatMap(({ event, stage, digest }) =>
      event === 'finished' || event === 'cached' ? [[stage!, digest as string]] : [],
    ),
  )

const undisturbed = makeProject()
const { stdout, status } = spawnSync(process.execPath, [entry, 'run', 'a.llmpipe', '--json'], {
  cwd: undisturbed.folder,
  encoding: 'utf8',
})
if (status !== 0) throw new Error(`the undisturbed run ended with ${status}: ${stdout.slice(-2000)}`)
const expected = digestsIn(eventsIn(stdout))
const began = performance.now()
const seconds = (eventsIn(stdout).at(-1) as unknown as { seconds: number }).seconds

const tally = { kills: 0, ofRunner: 0, ofStage: 0, ofBoth: 0, ofUpkeep: 0, campaigns: 0, lost: 0, wrong: 0, failed: 0 }
while (tally.kills < wanted) {
  const project = makeProject()
  /** Stages that runs have reported as finished: each may be reported once. */
  const finished = new Set<string>()
  for (let isOver = false; !isOver; ) {
    const target = tally.kills >= wanted ? 'nobody' : (['runner', 'stage', 'both', 'upkeep'] as const)[random.below(4)]!
    if (target === 'upkeep') await upkeep(project)
    else isOver = await attempt(project, target, finished)
  }
  tally.campaigns++
  rmSync(project.folder, { recursive: true, force: true })
}
rmSync(undisturbed.folder, { recursive: true, force: true })

endTrial(
  `kill: ${tally.kills} kills; an undisturbed run takes ${seconds.toFixed(1)} s`,
  began,
  {
    'kills of the runner': tally.ofRunner,
    'kills of a stage': tally.ofStage,
    'kills of both': tally.ofBoth,
    'kills of gc or verify': tally.ofUpkeep,
    'finished pipelines': tally.campaigns,
  },
  {
    'partial or wrong hits, or wrong bytes': tally.wrong,
    'finished stages that ran again': tally.lost,
    'runs that failed by themselves': tally.failed,
  },
)

/** A run that may be killed at a random moment. Returns whether it finished. */
async function attempt(
  project: Project,
  target: 'runner' | 'stage' | 'both' | 'nobody',
  finished: Set<string>,
): Promise<boolean> {
  const child = project.start(['run', 'a.llmpipe', '--json'])
  let text = ''
  child.stdout!.on('data', (piece) => {
    text += piece
  })
  const over = new Promise<number | null>((done) => child.on('close', (code) => done(code)))
  const after = random.uniform() * Math.min(4, seconds) * 1000
  const timer = setTimeout(() => {
    if (target === 'nobody') return
    const stages = stagesOf(text)
    if (target !== 'stage') kill(child.pid!)
    if (target !== 'runner') for (const pid of stages) kill(pid)
    if (target === 'stage' && stages.length === 0) return
    tally.kills++
    tally[target === 'runner' ? 'ofRunner' : target === 'stage' ? 'ofStage' : 'ofBoth']++
  }, after)
  const code = await over
  clearTimeout(timer)
  const events = eventsIn(text.slice(0, text.lastIndexOf('\n') + 1))
  for (const { event, stage, unchanged } of events) {
    if (event !== 'finished' || unchanged) continue
    if (finished.has(stage!)) tally.lost++
    finished.add(stage!)
  }
  for (const [stage, digest] of digestsIn(events)) if (expected.get(stage) !== digest) tally.wrong++
  const own = events.filter(({ event, error }) => event === 'failed' && (error as { code: string }).code !== 'killed')
  if (own.length > 0) {
    tally.failed++
    console.error(JSON.stringify(own))
  }
  return code === 0
}

/** Runs `cache gc` or `cache verify`, and kills it. Neither may remove an artefact that is needed. */
async function upkeep(project: Project): Promise<void> {
  for (const args of [
    ['cache', 'gc', '--keep', '1GB'],
    ['cache', 'verify'],
  ]) {
    const child = project.start(args)
    const over = new Promise((done) => child.on('close', done))
    const timer = setTimeout(() => {
      kill(child.pid!)
      tally.kills++
      tally.ofUpkeep++
    }, random.uniform() * 120)
    await over
    clearTimeout(timer)
  }
}

/** The pids of the running stages, from the events of the run. */
function stagesOf(text: string): number[] {
  const running = new Map<string, number>()
  for (const event of eventsIn(text.slice(0, text.lastIndexOf('\n') + 1))) {
    if (event.event === 'started') running.set(event.stage!, (event.where as { pid: number }).pid)
    if (['finished', 'failed', 'interrupted'].includes(event.event)) running.delete(event.stage!)
  }
  return [...running.values()]
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process had already ended.
  }
}
