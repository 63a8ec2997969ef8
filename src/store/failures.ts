/**
 * What is kept of stages that failed, so that they can be looked at afterwards: why, and what they said and measured until then.
 *
 *     failed/<key>/failure.json            what went wrong, and when
 *     failed/<key>/metrics.jsonl, log.txt  all attempts as one
 *
 * Gone as soon as the same key succeeds.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../core/artefact.ts'
import type { StageFailure } from '../core/event.ts'
import type { Ledger } from '../core/ledger.ts'
import { isKey, isNumber, isText, optional, shape } from '../core/shape.ts'
import { isLedger } from './action-shape.ts'
import { namesIn } from './care/inventory.ts'
import { readStoredAs } from './damage.ts'
import { makeFolder, replaceFile, statOf } from './durable.ts'

export interface Failure {
  readonly error: StageFailure
  readonly seconds: number
  /** The run it failed in, and when, in milliseconds since the epoch. */
  readonly run: string
  readonly time: number
  /** What became of the documents until then, where the stage kept count of them. */
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

/** Keeps a failure with its logs, in the place of an earlier one of the same key. */
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
    // It may have failed because the disk is full, or its folder is gone: then it is told of all the same, and not kept.
  }
}

/** How a key failed last; nothing where it did not. */
export function readFailure(root: string, key: Key): Failure | undefined {
  const failure = (text: string) => {
    const value: unknown = JSON.parse(text)
    return isFailure(value) ? value : undefined
  }
  const path = join(failureFolder(root, key), 'failure.json')
  return readStoredAs(path, failure, 'how the stage failed is not known any more')
}

/** It succeeded: how it failed before is of no interest any more. */
export function forgetFailure(root: string, key: Key): void {
  rmSync(failureFolder(root, key), { recursive: true, force: true })
}

/** Forgets the failures before a time, in milliseconds since the epoch. */
export function forgetFailures(root: string, before: number): void {
  for (const key of namesIn(join(root, 'failed')).filter(isKey)) {
    const stat = statOf(join(failureFolder(root, key), 'failure.json'))
    if (stat === undefined || stat.mtimeMs < before) forgetFailure(root, key)
  }
}
