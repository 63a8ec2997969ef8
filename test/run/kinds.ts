/** Stage kinds for tests: they wait for gates that the test opens, and fail, die and resume as their settings want. */

import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Interrupted, StageError } from '../../src/core/failure.ts'
import type { StageKind } from '../../src/core/kind/kind.ts'
import type { StageModule, StageRun } from '../../src/core/kind/stage.ts'

type TestKind = StageKind<object>

/** All text of an artefact or of input files. */
function textOf(stage: StageRun): string {
  const files = Object.values(stage.files)
    .flat()
    .map(({ path }) => readFileSync(path, 'utf8'))
  const inputs = Object.values(stage.inputs)
    .flat()
    .map(({ path }) =>
      readdirSync(path)
        .sort()
        .map((name) => readFileSync(join(path, name), 'utf8'))
        .join(''),
    )
  return [...files, ...inputs].join('')
}

const hint = (stage: StageRun, name: string) => stage.hints[name] as string | undefined

/** Says that it began, and waits for its gate where the test has one for it. */
async function gate(stage: StageRun): Promise<void> {
  const folder = hint(stage, 'gates')
  if (folder === undefined) return
  const name = hint(stage, 'me') ?? ''
  appendFileSync(join(folder, 'begun'), `${name}\n`)
  while (!existsSync(join(folder, `open-${name}`)) && !existsSync(join(folder, 'open'))) {
    if (stage.signal.aborted) throw new Interrupted()
    await sleep(5)
  }
}

const runs: Record<string, (stage: StageRun) => Promise<object>> = {
  /** Its inputs and settings as text; `take` is how many characters are kept. */
  async text(stage) {
    await gate(stage)
    const text = textOf(stage).slice(0, (stage.params.take as number | undefined) ?? undefined)
    for (const folder of Object.values(stage.outputs))
      writeFileSync(join(folder, 'text'), `${stage.params.say ?? ''}${text}`)
    return { metrics: { length: text.length } }
  },
  /** The configuration of an adapter, as PEFT has it. */
  async adapter(stage) {
    const config = { r: 8, base_model_name_or_path: 'someone/model' }
    writeFileSync(join(stage.outputs.out!, 'adapter_config.json'), JSON.stringify(config))
    return {}
  },
  async fail(stage) {
    await gate(stage)
    console.log('about to fail')
    throw new StageError('as-told', 'it failed as it was told', 'Tell it otherwise.')
  },
  async bug() {
    throw new TypeError('no such thing')
  },
  async die(stage) {
    console.error('last words')
    process.kill(process.pid, (stage.params.signal as string) ?? 'SIGKILL')
    await sleep(10_000)
    return {}
  },
  async exit(stage) {
    process.exit(stage.params.code as number)
  },
  async memory() {
    const held: string[][] = []
    for (;;) held.push(Array.from({ length: 100_000 }, (_, index) => `${index}${Math.random()}`))
  },
  /** Counts to `steps`, a file a step, with a checkpoint each step; goes on where it was. */
  async count(stage) {
    const file = join(stage.work, 'state')
    const from = existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[0]) : 0
    let sum = existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) : 0
    for (let step = from + 1; step <= (stage.params.steps as number); step++) {
      sum = (sum * 31 + step) % 1_000_003
      const text = `${step} ${sum}`
      const { renameSync } = await import('node:fs')
      writeFileSync(`${file}.new`, text)
      renameSync(`${file}.new`, file)
      stage.emit({ event: 'metric', step, loss: 1 / step })
      stage.emit({ event: 'checkpoint', step })
      if (step === stage.keepState) {
        mkdirSync(join(stage.work, 'kept'), { recursive: true })
        writeFileSync(join(stage.work, 'kept', 'state'), text)
      }
      const stopAt = hint(stage, 'stopAt')
      if (stopAt !== undefined && existsSync(stopAt) && step === Number(readFileSync(stopAt, 'utf8'))) {
        while (!stage.signal.aborted) await sleep(2)
      }
      if (stage.signal.aborted) throw new Interrupted(step)
      await sleep((stage.hints.pace as number | undefined) ?? 0)
    }
    writeFileSync(join(stage.outputs.out!, 'sum'), `${sum} ${textOf(stage)}`)
    return { metrics: { sum } }
  },
  /** Dies in its first `dies` attempts; after that it is like `count`. */
  async unsteady(stage) {
    const file = join(stage.work, 'deaths')
    const deaths = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
    if (deaths < (stage.params.dies as number)) {
      writeFileSync(file, `${deaths + 1}`)
      process.kill(process.pid, 'SIGKILL')
      await sleep(10_000)
    }
    return runs.count!(stage)
  },
  /** Computes without pause, so that it notices no signal. */
  async deaf(stage) {
    await sleep(0)
    appendFileSync(join(hint(stage, 'gates') ?? '', 'begun'), 'deaf\n')
    for (;;) Math.sqrt(2)
  },
}

export const kinds: Record<string, TestKind> = Object.fromEntries(
  Object.entries(runs).map(([name, run]) => [
    name,
    {
      name,
      version: 1,
      summary: name,
      shape: 'stage',
      inputs: {},
      settings: { properties: {} },
      positional: [],
      outputs: () => [],
      load: async (): Promise<StageModule<object>> => ({ run: run as StageModule<object>['run'] }),
    } satisfies TestKind,
  ]),
)
