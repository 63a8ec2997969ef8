/** Runs and stages for tests of the page; every fact can be changed. */

import type { ReportData, StageData } from '../../src/report/data.ts'
import { page } from '../../src/report/page.ts'

export function stage(facts: Pick<StageData, 'id'> & Partial<StageData>): StageData {
  return {
    name: facts.id,
    kind: 'read',
    after: [],
    place: 'p.llmpipe:1',
    state: 'finished',
    seconds: 1,
    outputs: [],
    report: {},
    curves: {},
    samples: [],
    rollouts: [],
    answers: [],
    warnings: [],
    logTail: [],
    files: [],
    settings: {},
    gone: [],
    ...facts,
  }
}

export function run(stages: readonly StageData[], facts: Partial<ReportData> = {}): ReportData {
  return {
    program: 'p.llmpipe',
    run: '20261124-141503-abcdef',
    version: '0.1.0',
    madeBy: '0.1.0',
    startedAt: Date.UTC(2026, 10, 24, 14, 15),
    madeAt: Date.UTC(2026, 10, 24, 14, 16),
    seconds: 60,
    outcome: 'done',
    ran: stages.length,
    cached: 0,
    failed: 0,
    notices: [],
    stages,
    results: [],
    commands: [],
    ...facts,
  }
}

export const pageOf = (data: ReportData): string => page(data, { script: 'void 0', style: 'p{margin:0}' })
