/** The results of tests as lines. */

import { plural } from '../../view/format.ts'
import { type Line, seg } from '../../view/line.ts'
import type { TestedFile, TestResult } from './run-tests.ts'

const marks = { passed: '✓', failed: '✗', interrupted: '–' } as const
const tones = { passed: 'good', failed: 'bad', interrupted: 'dim' } as const

/** One line for each test of a file, and below those that failed what was expected and what came. */
export function linesOf({ file, results = [] }: TestedFile): Line[] {
  return results.flatMap((result) => [headOf(result), ...problemsOf(file, result)])
}

function headOf({ name, outcome, cached, expectations }: TestResult): Line {
  const note = expectations === 0 ? '  no expectations' : cached ? '  cached' : ''
  return [seg(`${marks[outcome]} `, tones[outcome]), seg(name), seg(note, 'dim')]
}

function problemsOf(file: string, { problems }: TestResult): Line[] {
  return problems.flatMap(({ line, message, help, dropped }): Line[] => [
    [seg(`    ${message}`)],
    ...dropped.map((words): Line => [seg(`    ${words}`)]),
    ...(help === undefined ? [] : [[seg(`    help: ${help}`, 'dim')]]),
    [seg(`    ${file}:${line}`, 'dim')],
  ])
}

/** `3 passed, 1 failed`. */
export function totalOf(files: readonly TestedFile[]): string {
  const all = files.flatMap(({ results = [] }) => results)
  const count = (outcome: TestResult['outcome']) => all.filter((each) => each.outcome === outcome).length
  const parts = (['passed', 'failed', 'interrupted'] as const).flatMap((outcome) =>
    count(outcome) > 0 || outcome === 'passed' ? [`${count(outcome)} ${outcome}`] : [],
  )
  const wrong = files.filter(({ results }) => results === undefined).length
  return [...parts, ...(wrong > 0 ? [`${plural(wrong, 'file')} with errors`] : [])].join(', ')
}
