/** Event files read by TensorBoard's own loader. Runs where LLMPIPE_PYTHON has the package tensorboard. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../src/core/event.ts'
import { tensorboardTracker } from '../../../src/track/tensorboard/tensorboard.ts'
import { makeProject, prose, training } from '../../cli/rig.ts'
import { reasonToSkip } from '../packages.ts'
import { runPython } from '../run-python.ts'

const hasTensorBoard = reasonToSkip(['tensorboard']) === undefined

interface Loaded {
  readonly scalars: Readonly<Record<string, readonly [step: number, value: number, time: number][]>>
  readonly texts: Readonly<Record<string, readonly [step: number, text: string][]>>
}

async function load(folder: string): Promise<Readonly<Record<string, Loaded>>> {
  return JSON.parse(await runPython('test/torch/python/check_tensorboard.py', [folder]))
}

describe.skipIf(!hasTensorBoard)('TensorBoard', () => {
  it('reads the metrics and samples of a run that the command tracked', async () => {
    const project = makeProject({ 'p.llmpipe': training, 'data/book.txt': prose })
    const { events, code } = project.events(['p.llmpipe', '--track', 'tensorboard'])
    expect(code).toBe(0)
    const found = await load(join(project.folder, 'tensorboard'))
    const [path = ''] = Object.keys(found)
    const { scalars } = found[path]!
    expect(path).toMatch(/^\d{8}-\d{6}-[0-9a-f]{6}\/base$/)
    const measured = events.filter(
      ({ event, stage, loss }) => event === 'metric' && stage === 'base' && typeof loss === 'number',
    )
    expect(scalars.loss!.map(([step, value]) => [step, value])).toEqual(
      measured.map(({ step, loss }) => [step, Math.fround(loss as number)]),
    )
    const finished = events.find(({ event, stage }) => event === 'finished' && stage === 'base')
    const { metrics } = finished!.report as { metrics: Record<string, number> }
    expect(scalars['final/valid_loss']![0]![1]).toBe(Math.fround(metrics.valid_loss!))
    project.remove()
  })

  it('forgets the steps that a resumed attempt repeats, and shows texts as they are', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'llmpipe-tensorboard-'))
    const tracker = tensorboardTracker(folder)
    const of = (time: number) => ({ stage: 'base', id: 'base', time })
    const started = (time: number, more: object = {}): RunEvent => ({
      event: 'started',
      ...of(time),
      key: 'k' as never,
      attempt: 1,
      cpus: 1,
      reason: 'x',
      ...more,
    })
    tracker.event(started(1_000))
    for (const step of [1, 2, 3, 4]) tracker.event({ event: 'metric', ...of(1_000 + step), step, loss: step })
    tracker.event(started(2_000, { resumedFrom: 2 }))
    for (const step of [3, 4]) tracker.event({ event: 'metric', ...of(2_000 + step), step, loss: 10 * step })
    tracker.event({ event: 'sample', ...of(3_000), step: 4, prompt: 'Größe', text: ' 👍\n# <b>' })
    const { base } = await load(join(folder, 'run'))
    expect(base!.scalars.loss!.map(([step, value]) => [step, value])).toEqual([
      [1, 1],
      [2, 2],
      [3, 30],
      [4, 40],
    ])
    expect(base!.scalars.loss![0]![2]).toBeCloseTo(1.001, 6)
    expect(base!.texts.sample).toEqual([[4, '    Größe 👍\n    # <b>']])
  })
})
