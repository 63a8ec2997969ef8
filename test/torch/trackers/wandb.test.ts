/** Files of Weights & Biases read by the messages of its client. Runs where LLMPIPE_PYTHON has the package wandb. */

import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../src/core/event.ts'
import { wandbTracker } from '../../../src/track/wandb/wandb.ts'
import { makeProject, prose, training } from '../../cli/rig.ts'
import { reasonToSkip } from '../packages.ts'
import { runPython } from '../run-python.ts'

const hasWandb = reasonToSkip(['wandb']) === undefined

interface Item {
  readonly key?: string
  readonly nested_key?: readonly string[]
  readonly value_json: string
}

interface WandbRecord {
  readonly num: string
  readonly header?: object
  readonly run?: {
    readonly project: string
    readonly display_name: string
    readonly config: { readonly update: Item[] }
  }
  readonly history?: { readonly item: Item[]; readonly step?: { readonly num?: string } }
  readonly summary?: { readonly update: Item[] }
  readonly exit?: { readonly exit_code?: number }
}

/** The records of the only run below a folder. */
async function load(folder: string): Promise<readonly WandbRecord[]> {
  const [name, ...more] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.wandb$/.test(path),
  )
  expect(name).toMatch(/^offline-run-\d{8}_\d{6}-([0-9a-f]{8})\/run-\1\.wandb$/)
  expect(more).toEqual([])
  return JSON.parse(await runPython('test/torch/python/check_wandb.py', [join(folder, name!)]))
}

const values = (items: readonly Item[]) =>
  Object.fromEntries(
    items.map(({ key, nested_key, value_json }) => [key ?? nested_key!.join(), JSON.parse(value_json)]),
  )

describe.skipIf(!hasWandb)('Weights & Biases', () => {
  it('reads the metrics of a run that the command tracked', async () => {
    const project = makeProject({ 'p.llmpipe': training, 'data/book.txt': prose })
    const { events, code } = project.events(['p.llmpipe', '--track', 'wandb'])
    expect(code).toBe(0)
    const records = await load(join(project.folder, 'wandb'))
    expect(records.map(({ num }) => Number(num))).toEqual(records.map((_, i) => i + 1))
    expect(records[0]).toHaveProperty('header')
    expect(records[1]!.run).toMatchObject({ project: 'p', display_name: 'base' })
    const lines = records.flatMap(({ history }) => history ?? [])
    const losses = lines.flatMap(({ item, step }) => {
      const { loss } = values(item)
      return loss === undefined ? [] : [[Number(step?.num ?? 0), loss]]
    })
    const measured = events.filter(
      ({ event, stage, loss }) => event === 'metric' && stage === 'base' && typeof loss === 'number',
    )
    expect(losses).toEqual(measured.map(({ step, loss }) => [step, loss]))
    const finished = events.find(({ event, stage }) => event === 'finished' && stage === 'base')
    const { metrics } = finished!.report as { metrics: Record<string, number> }
    expect(values(records.at(-2)!.summary!.update)).toEqual(metrics)
    expect(records.at(-1)!.exit).toBeDefined()
    project.remove()
  })

  it('has texts, infinities and records of several blocks as they are', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'llmpipe-wandb-'))
    const tracker = wandbTracker(folder)
    const of = { stage: 'base', id: 'base', time: 1_795_959_703_123 }
    const text = ' 👍\n# "<b>"'.repeat(9_000)
    tracker.event({ event: 'metric', ...of, step: 3, loss: Number.POSITIVE_INFINITY, kl: Number.NaN })
    tracker.event({ event: 'sample', ...of, step: 3, prompt: 'Größe', text })
    tracker.event({ event: 'failed', ...of, seconds: 1, error: { code: 'x', message: 'y' } } as RunEvent)
    const records = await load(folder)
    const { item, step } = records.find(({ history }) => history !== undefined)!.history!
    expect(values(item)).toMatchObject({ loss: 'Infinity', kl: 'NaN', sample: `Größe${text}`, _step: 3 })
    expect(step).toEqual({ num: '3' })
    expect(records.at(-1)!.exit).toEqual({ exit_code: 1 })
  })
})
