/** A failed stage as lines: the error, the end of its log, its ledger, and its curve until then. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { helpLines, messageLines } from '../../view/failure.ts'
import { duration } from '../../view/format.ts'
import { ledgerLines } from '../../view/ledger.ts'
import { type Line, seg } from '../../view/line.ts'
import type { Found } from '../artefact.ts'
import { dateTime } from '../terminal/dates.ts'
import type { Shown } from './artefact-lines.ts'
import { curveLines } from './curve.ts'

/** How many lines at the end of the log are shown. The file has all of them. */
const tail = 40

export function failureBlocks(
  name: string,
  { failure, folder }: NonNullable<Found['failed']>,
  { width, samples }: Shown,
): Line[][] {
  const { error, seconds, time, run } = failure
  const when = dateTime(time)
  const why: Line[] = [
    [seg(name, 'bold'), seg(`  failed ${when} UTC after ${duration(seconds)}, in the run ${run}`)],
    [seg(folder, 'dim')],
    ...messageLines(error),
    ...helpLines(error),
  ]
  const log = logOf(folder)
  const left = log.length > tail ? [[seg(`… ${log.length - tail} earlier lines`, 'dim')]] : []
  return [
    why,
    [...left, ...log.slice(-tail).map((text): Line => [seg('| ', 'dim'), seg(text)])],
    ...(failure.ledger === undefined ? [] : [ledgerLines(failure.ledger, { width, samples })]),
    curveLines(folder, width),
  ]
}

function logOf(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'log.txt'), 'utf8').split('\n').slice(0, -1)
  } catch {
    // The stage failed before it wrote a log.
    return []
  }
}
