/** Jobs that Slurm or a person holds: released, reported, and given up at last. */

import { expect, test } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import type { CommandResult } from '../../../src/run/executors/slurm/cluster/commands.ts'
import { Holds } from '../../../src/run/executors/slurm/follow/holds.ts'

const hour = 3_600_000
const launchFailed = 'launch failed requeued held'

/** The holds of a job, with a `scontrol` that answers `answer`. `at` sets the clock. */
function holdsOf(answer: CommandResult = { type: 'ok', stdout: '' }) {
  const events: StageEvent[] = []
  const calls: string[] = []
  let time = 0
  const holds = new Holds({
    id: '7',
    emit: (event) => events.push(event),
    scontrol: async (args) => {
      calls.push(args.join(' '))
      return answer
    },
    now: () => time,
  })
  return {
    ...{ holds, calls },
    said: () => events.map((event) => (event.event === 'log' ? event.message : '')),
    at: (milliseconds: number) => {
      time = milliseconds
    },
  }
}

test('a job that Slurm holds after a failed launch is released, and the run says so', async () => {
  const { holds, calls, said } = holdsOf()
  holds.waits(launchFailed)
  holds.waits(launchFailed)
  await Promise.resolve()
  expect(calls).toEqual(['release 7'])
  expect(said()).toEqual([expect.stringContaining('llmpipe released it')])
  expect(holds.failure).toBeUndefined()
})

test('tasks that Slurm holds are released in the place of the job that waits for them', async () => {
  const { holds, calls } = holdsOf()
  holds.waits(launchFailed, '12,13')
  await Promise.resolve()
  expect(calls).toEqual(['release 12,13'])
})

test('a job whose launch fails again and again fails its stage with the way out', async () => {
  const { holds, calls } = holdsOf()
  for (let i = 0; i < 4; i++) {
    holds.waits(launchFailed)
    await Promise.resolve()
    holds.waits('Resources')
  }
  expect(calls).toHaveLength(3)
  expect(holds.failure).toMatchObject({
    code: 'cannot-start',
    message: expect.stringContaining('could not be launched 4 times'),
    help: expect.stringContaining('--exclude'),
  })
})

test('a job that may not be released needs a person', async () => {
  const { holds, said } = holdsOf({ type: 'refused', message: 'Access/permission denied' })
  holds.waits(launchFailed)
  await Promise.resolve()
  expect(said()).toEqual([expect.stringContaining('scontrol release 7 lets it start')])
})

test('a job that a person holds is never released, but reported each hour, and fails its stage after a day', () => {
  const { holds, calls, said, at } = holdsOf()
  for (const minutes of [0, 1, 59, 61, 100]) {
    at(minutes * 60_000)
    holds.waits('JobHeldUser')
  }
  expect(calls).toEqual([])
  expect(said()).toEqual([
    'slurm job 7 will not start by itself (JobHeldUser): scontrol release 7 lets it start, or end the job with llmpipe stop, and run again',
    expect.stringContaining('(JobHeldUser, for 1 hour now)'),
  ])
  at(25 * hour)
  holds.waits('JobHeldUser')
  expect(holds.failure).toMatchObject({ code: 'cannot-start', help: expect.stringContaining('still in the queue') })
})

test('a job that is released in time has waited in vain for nothing', () => {
  const { holds, said, at } = holdsOf()
  holds.waits('BadConstraints')
  at(20 * hour)
  holds.waits('Priority')
  at(30 * hour)
  holds.waits('BadConstraints')
  expect(holds.failure).toBeUndefined()
  expect(said()).toHaveLength(2)
})
