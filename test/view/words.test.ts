/** Sentences and names that several screens use. */

import { expect, test } from 'vitest'
import type { SkippedEvent } from '../../src/core/event.ts'
import { measurements } from '../../src/view/measurements.ts'
import { optionsInWords } from '../../src/view/options-in-words.ts'
import { pushingInWords, tallyInWords } from '../../src/view/remote-words.ts'
import { whySkipped } from '../../src/view/skipped.ts'
import { of } from './events.ts'

test('a skip names the stage that is missing, or how the run stopped', () => {
  const skip: SkippedEvent = { event: 'skipped', time: 0, ...of('chat'), because: 'base' }
  expect(whySkipped(skip)).toBe('it needs base')
  expect(whySkipped({ ...skip, stopped: 'interrupted' })).toBe('the run was interrupted')
  expect(whySkipped({ ...skip, stopped: 'failed' })).toContain('the run stopped when base failed')
})

test('the options of a run can be pasted into a shell', () => {
  expect(optionsInWords({ params: {}, engine: undefined })).toBe('')
  expect(optionsInWords({ params: { steps: '10', name: 'a b' }, engine: 'tfjs' })).toBe(
    "--engine tfjs -p steps=10 -p 'name=a b'",
  )
})

test('the measurements of a training come in the order in which they matter', () => {
  expect(measurements({ validLoss: 2, loss: 1, learningRate: 3 }).map(({ label }) => label)).toEqual([
    'loss',
    'held-out',
  ])
  expect(measurements({ loss: 0, kl: 1, reward: 2 }).map(({ label }) => label)).toEqual(['reward', 'KL'])
  expect(measurements({})).toEqual([])
})

test('the remote cache is described by what was pulled and pushed', () => {
  const nothing = { pulled: 0, pulledBytes: 0, pushed: 0, pushedBytes: 0, unpushed: 0 }
  expect(tallyInWords(nothing)).toBe('')
  expect(tallyInWords({ ...nothing, pulled: 2, pulledBytes: 4e6, unpushed: 1 })).toBe(
    '2 pulled (4.00 MB), 1 not pushed: the next run tries again',
  )
  expect(pushingInWords({ event: 'pushing', time: 0, left: 1, to: 's3://models' })).toMatch(
    /^pushing the outputs of one stage to s3/,
  )
})
