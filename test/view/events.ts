/** Event logs for the tests of the view. */

import type { PlannedEvent, RunEvent, RunFinishedEvent } from '../../src/core/event.ts'
import { asDigest, asKey } from '../brands.ts'

/** The fields that name a stage. */
export const of = (name: string) => ({ id: name, stage: name })

export const begun: RunEvent = {
  event: 'run-started',
  time: 1000,
  run: '20260101-120000-abcdef',
  program: 'small.llmpipe',
  stages: 2,
  version: '1.0.0',
  store: '.llmpipe',
  pid: 1,
  params: { steps: '10' },
}

export const planned = (name: string, more: Partial<PlannedEvent> = {}): RunEvent => ({
  event: 'planned',
  time: 1000,
  ...of(name),
  kind: 'pretrain',
  after: [],
  line: 1,
  ...more,
})

export const started = (name: string, more: object = {}): RunEvent => ({
  event: 'started',
  time: 2000,
  ...of(name),
  key: asKey(`key of ${name}`),
  attempt: 1,
  cpus: 1,
  reason: 'first run',
  ...more,
})

export const finished = (name: string, metrics: Readonly<Record<string, number>> = {}): RunEvent => ({
  event: 'finished',
  time: 3000,
  ...of(name),
  digest: asDigest(`digest of ${name}`),
  outputs: {},
  key: asKey(`key of ${name}`),
  seconds: 1,
  report: { metrics, summary: `${name} is made` },
})

export const cached = (name: string): RunEvent => ({
  event: 'cached',
  time: 2000,
  ...of(name),
  digest: asDigest(`digest of ${name}`),
  outputs: {},
  key: asKey(`key of ${name}`),
  saved: 60,
})

export const failed = (name: string): RunEvent => ({
  event: 'failed',
  time: 3000,
  ...of(name),
  seconds: 2,
  error: { code: 'diverged', message: 'training diverged' },
})

export const ended = (more: Partial<RunFinishedEvent> = {}): RunEvent => ({
  event: 'run-finished',
  time: 4000,
  ran: 0,
  cached: 0,
  failed: 0,
  skipped: 0,
  interrupted: 0,
  seconds: 3,
  ...more,
})
