/**
 * The failures of stages, kept so that they can be examined afterwards, with the logs and metrics of the attempts.
 *
 *     failed/<key>/failure.json            the error and its time
 *     failed/<key>/metrics.jsonl, log.txt  of all attempts, joined
 *
 * A failure is removed as soon as the same key succeeds.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../core/artefact.ts'
import type { StageFailure } from '../core/event.ts'
import type { Ledger } from '../core/ledger.ts'
import { isKey, isNumber, isText, optional, shape } from '../core/values/shape.ts'
import { isLedger } from './action-shape.ts'
import { namesIn } from './care/inventory.ts'
import { readStoredAs } from './damage.ts'
import { makeFolder, replaceFile, statOf } from './durable.ts'

export interface Failure {
  readonly error: StageFailure
  readonly seconds: number
  /** The run in which it failed, and the time in milliseconds since the epoch. */
  readonly run: string
  readonly time: number
  /** The ledger of the documents until then, if the stage reported one. */
  readonly ledger?: Ledger
}

const isFailure = shape<Failure>({
  error: shape<StageFailure>({ code: isText, message: isText, help: optional(isText), detail: optional(isText) }),
  seconds: isNumber,
  run: isText,
  time: isNumber,
  ledger: optional(isLedger),
})

export function failureFolder(root: string, key: Key): string {
  return join(root, 'failed', key)
}

/** Keeps a failure with its logs. It replaces an earlier failure of the same key. */
export function keepFailure(
  root: string,
  key: Key,
  failure: Failure,
  logs: () => Readonly<Record<string, string>>,
): void {
  const folder = failureFolder(root, key)
  try {
    makeFolder(root, folder)
    for (const [name, text] of Object.entries(logs())) replaceFile(root, join(folder, name), text, false)
    replaceFile(root, join(folder, 'failure.json'), `${JSON.stringify(failure)}\n`, false)
  } catch {
    // The disk may be full, or the folder gone. The failure is still reported by the run.
  }
}

/** The last failure of a key; `undefined` if there is none. */
export function readFailure(root: string, key: Key): Failure | undefined {
  const failure = (text: string) => {
    const value: unknown = JSON.parse(text)
    return isFailure(value) ? value : undefined
  }
  const path = join(failureFolder(root, key), 'failure.json')
  return readStoredAs(path, failure, 'the last failure of the stage is lost')
}

/** Removes the failure of a key that has succeeded. */
export function forgetFailure(root: string, key: Key): void {
  rmSync(failureFolder(root, key), { recursive: true, force: true })
}

/** Removes the failures before a time, in milliseconds since the epoch. */
export function forgetFailures(root: string, before: number): void {
  for (const key of namesIn(join(root, 'failed')).filter(isKey)) {
    const stat = statOf(join(failureFolder(root, key), 'failure.json'))
    if (stat === undefined || stat.mtimeMs < before) forgetFailure(root, key)
  }
}
