import { expect, test } from 'vitest'
import { textOf } from '../../src/view/line.ts'
import { emptyRun, fold } from '../../src/view/log/fold.ts'
import { PlainLines } from '../../src/view/plain.ts'
import { clusterUseInWords, queueInWords } from '../../src/view/queue-words.ts'
import { of, planned, started } from './events.ts'

test('a job waits for a reason, and then runs on a node', () => {
  expect(queueInWords({ state: 'pending', job: '12' })).toBe('slurm job 12 waits')
  expect(queueInWords({ state: 'pending', job: '12', reason: 'Priority' })).toBe('slurm job 12 waits (Priority)')
  const running = { state: 'running', job: '12', node: 'n1' } as const
  expect(queueInWords({ ...running, waited: 0.2 })).toBe('slurm job 12 runs on n1')
  expect(queueInWords({ ...running, waited: 200 })).toBe('slurm job 12 runs on n1 after 3m 20s in the queue')
})

test('the use of a cluster is core hours, GPU hours, waiting and starts', () => {
  const use = { job: '12', node: 'n1', starts: 1, waited: 200, seconds: 7200, cpus: 4, gpus: 0 }
  expect(clusterUseInWords(use)).toBe('slurm job 12 on n1; 8 core hours, 3m 20s in the queue')
  expect(clusterUseInWords({ ...use, gpus: 2, starts: 3 })).toBe(
    'slurm job 12 on n1; 8 core hours, 4 GPU hours, 3m 20s in the queue, 3 starts',
  )
})

test('the time in the queue is not time of the stage', () => {
  const view = emptyRun()
  fold(view, planned('base'))
  fold(view, started('base'))
  fold(view, { event: 'queue', ...of('base'), state: 'pending', job: '12', reason: 'Priority', time: 2_000 })
  expect(view.stages.get('base')).toMatchObject({ state: 'running', queue: { state: 'pending', reason: 'Priority' } })
  fold(view, { event: 'queue', ...of('base'), state: 'running', job: '12', node: 'n1', waited: 60, time: 61_000 })
  expect(view.stages.get('base')).toMatchObject({ startedAt: 61_000, queue: { state: 'running', node: 'n1' } })
})

test('a run that leaves its jobs says where their stages go on', () => {
  const lines = new PlainLines(emptyRun())
  for (const event of [planned('base'), started('base')]) lines.lines(event)
  const continuesIn = { type: 'job', system: 'slurm', id: '12', folder: 'f' } as const
  const [line = []] = lines.lines({ event: 'interrupted', ...of('base'), continuesIn, time: 3_000 })
  expect(textOf(line)).toContain('goes on in slurm job 12')
})
