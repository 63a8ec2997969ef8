/** A stage that reaches its time limit again and again: with checkpoints, with files of its own, with parts, with nothing. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import { isProgress, type Progress, ProgressWatch } from '../../../src/run/executors/slurm/job/progress.ts'
import { temporaryFolder } from '../rig.ts'

/** How many starts in a row had not advanced, after each start that reports the given events. `save` writes what the start saves. */
function stalledAfter(
  starts: readonly (readonly StageEvent[])[],
  { save = () => {}, resumedFrom }: { save?: (folder: string, start: number) => void; resumedFrom?: number } = {},
): number[] {
  const folder = temporaryFolder()
  let progress: Progress | undefined
  return starts.map((events, start) => {
    const watch = new ProgressWatch(folder, progress, resumedFrom)
    for (const event of events) watch.see(event)
    save(folder, start)
    progress = watch.atTimeLimit()
    expect(isProgress(JSON.parse(JSON.stringify(progress)))).toBe(true)
    return progress.stalled
  })
}

const checkpoint = (step: number): StageEvent => ({ event: 'checkpoint', step })
const read = (done: number, phase?: string): StageEvent => ({
  ...{ event: 'progress', done, unit: 'bytes' },
  ...(phase === undefined ? {} : { phase }),
})

test.each<[string, StageEvent[][], number[]]>([
  ['without a word', [[], [], []], [1, 2, 3]],
  ['each with a further checkpoint', [[checkpoint(1)], [checkpoint(2)], [checkpoint(5)]], [0, 0, 0]],
  ['at the same checkpoint', [[checkpoint(4)], [], [checkpoint(4)], []], [0, 1, 2, 3]],
  ['a little further than before by chance', [[read(100)], [read(100.5)], [read(99)]], [1, 2, 3]],
  ['each with more parts than before', [[read(100)], [read(200)], [read(300)]], [1, 0, 0]],
  ['in a phase that no start had reached', [[read(100)], [read(100)], [read(100), read(3, 'merging')]], [1, 2, 0]],
  ['with progress, but not past a checkpoint', [[checkpoint(4)], [read(10)], [read(20)]], [0, 1, 2]],
])('starts %s', (_, starts, expected) => {
  expect(stalledAfter(starts)).toEqual(expected)
})

test('a training that resumed from the checkpoint of an earlier run has to get beyond it', () => {
  expect(stalledAfter([[checkpoint(8)], [checkpoint(9)]], { resumedFrom: 8 })).toEqual([1, 0])
})

test('files that a stage saves for itself are progress as long as they change', () => {
  const save = (folder: string, start: number) => writeFileSync(join(folder, 'place'), `${Math.min(start, 2)}`)
  expect(stalledAfter([[], [], [], [], []], { save })).toEqual([0, 0, 0, 1, 2])
})
