/** A run in the middle, for the tests of what the dashboard shows. */

import type { RunEvent } from '../../src/core/event.ts'
import { emptyRun, fold, type RunView } from '../../src/view/log/fold.ts'
import { asDigest, asKey } from '../brands.ts'

export const stage = (name: string) => ({ stage: name, id: name })

/** A run in the middle: a text is cached, a training runs, an evaluation waits. */
export function half(): RunView {
  const events: RunEvent[] = [
    {
      event: 'run-started',
      time: 1000,
      run: '1',
      program: 'small.llmpipe',
      stages: 3,
      version: '1.0.0',
      store: '.llmpipe',
      pid: 1,
    },
    { event: 'planned', time: 1000, ...stage('prose'), kind: 'documents', after: [], line: 1 },
    { event: 'planned', time: 1000, ...stage('base'), kind: 'pretrain', after: ['prose'], line: 2 },
    { event: 'planned', time: 1000, ...stage('score'), kind: 'evaluate', after: ['base'], line: 3 },
    { event: 'cached', time: 1000, ...stage('prose'), digest: asDigest('d'), outputs: {}, key: asKey('k'), saved: 3 },
    { event: 'started', time: 2000, ...stage('base'), key: asKey('k'), attempt: 1, cpus: 2, reason: 'first run' },
  ]
  for (let step = 10; step <= 50; step += 10) {
    const time = 2000 + step * 100
    events.push({ event: 'progress', time, ...stage('base'), done: step, total: 100, unit: 'steps' })
    events.push({ event: 'metric', time, ...stage('base'), step, loss: 5 - step / 50, tokensPerSecond: 9000 })
  }
  events.push({ event: 'sample', time: 7000, ...stage('base'), step: 50, prompt: 'Call me', text: ' Ishmael' })
  return events.reduce(fold, emptyRun())
}
