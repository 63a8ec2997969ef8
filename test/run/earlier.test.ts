/** Earlier runs: the curve that a resumed stage continues, and the action that a reason compares with. */

import { expect, test } from 'vitest'
import { why } from '../../src/run/explain/why.ts'
import { measuredUpTo } from '../../src/run/stage/logs.ts'
import { pointsOf } from '../../src/view/charts/series.ts'
import { emptyRun, fold } from '../../src/view/log/fold.ts'
import { eventsOf, outcomes, Project, planOf } from './rig.ts'

test('the curve of a stage that resumes begins where the training began', async () => {
  const project = new Project()
  const soft = new AbortController()
  const never = new AbortController().signal
  const plan = planOf({ it: { kind: 'count', params: { steps: 12 }, hints: { pace: 5 } } })
  const first = await project.run(plan, {
    signal: { soft: soft.signal, hard: never },
    onEvent: (event) => event.event === 'metric' && event.step >= 4 && soft.abort(),
  })
  expect(outcomes(first)).toEqual({ it: 'interrupted' })
  const second = await project.run(plan)
  const { resumedFrom = 0 } = eventsOf(second, 'started')[0]!
  expect(resumedFrom).toBeGreaterThan(0)
  const view = second.events.reduce(fold, emptyRun())
  const stage = view.stages.get('it')!
  expect(pointsOf(Object.values(stage.series)[0]!).map(({ step }) => step)).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 1),
  )
  const [earlier] = eventsOf(second, 'earlier')
  expect(earlier!.metrics.map(({ step }) => step)).toEqual(Array.from({ length: resumedFrom }, (_, index) => index + 1))
})

test('a long curve is thinned out, and keeps its last point', () => {
  const lines = Array.from({ length: 5_000 }, (_, step) =>
    JSON.stringify({ event: 'metric', step, loss: step, note: 'x' }),
  )
  const measured = measuredUpTo(4_998, `${lines.join('\n')}\n`)
  expect(measured.length).toBeLessThan(520)
  expect([measured[0], measured.at(-1)]).toEqual([
    { step: 0, loss: 0 },
    { step: 4_998, loss: 4_998 },
  ])
  expect(measuredUpTo(9, '{"step":1,"loss":2}\nnot json\n{"step":99,"loss":1}\n')).toEqual([{ step: 1, loss: 2 }])
})

test('a reason compares with no stage of the same name of another program', async () => {
  const project = new Project()
  const of = (program: string, say: string) => ({ ...planOf({ base: { params: { say } } }), program })
  await project.run(of('one.llmpipe', 'x'))
  const other = await project.run(of('two.llmpipe', 'y'))
  expect(eventsOf(other, 'started')[0]!.reason).toBe('first run')
  const again = await project.run(of('one.llmpipe', 'z'))
  expect(eventsOf(again, 'started')[0]!.reason).toContain('say: "x" → "z"')
  // One that another program made is compared with as soon as this one had it.
  await project.run(of('two.llmpipe', 'x'))
  const explained = await why(of('two.llmpipe', 'w'), 'base', { store: project.store, programDir: project.folder })
  expect(explained!.lines).toEqual([expect.stringMatching(/^say: "[xy]" → "w"/)])
})
