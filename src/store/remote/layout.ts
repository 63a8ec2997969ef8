/**
 * The layout of a remote. Nothing in it is trusted: a blob must have the SHA-256 that it is named after, and a record must be consistent.
 *
 *     blobs/aa/<sha256>        a file of an artefact, or a log; a file that many artefacts have is stored once
 *     actions/aa/<key>         the record of an action, and which blobs are its logs; written after all its blobs
 */

import type { Key } from '../../core/artefact.ts'
import { listOf, shape } from '../../core/values/shape.ts'
import { isAction, isPayloadFile } from '../action-shape.ts'
import { isSound } from '../folder-store.ts'
import { seal, unseal } from '../sealed.ts'
import type { Action, PayloadFile } from '../store.ts'

export interface RemoteRecord {
  readonly action: Action
  /** `metrics.jsonl` and `log.txt`, if they exist. */
  readonly logs: readonly PayloadFile[]
}

/** The logs that a record may have beside it. */
export const logNames: readonly string[] = ['metrics.jsonl', 'log.txt']

export function blobName(sha256: string): string {
  return `blobs/${sha256.slice(0, 2)}/${sha256}`
}

export function recordName(key: Key): string {
  return `actions/${key.slice(0, 2)}/${key}`
}

export function writeRecord(record: RemoteRecord): string {
  return seal('record', record)
}

/** The record of a key in a text; `undefined` if the text is not a sound record of that key. */
export function readRecord(text: string, key: Key): RemoteRecord | undefined {
  const record = unseal('record', text)
  if (!isRecord(record) || !isSound(record.action, key)) return undefined
  return record.logs.every(({ path }) => logNames.includes(path)) ? record : undefined
}

const isRecord = shape<RemoteRecord>({ action: isAction, logs: listOf(isPayloadFile) })
