/**
 * Plans kept, so that a program that did not change is not compiled again. A plan is found by how it was asked for, and is
 * good while the bytes of every source file are what they were.
 */

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonical, type Json } from '../core/json.ts'
import { keepIfPossible, replaceFile } from './durable.ts'

/** All that a plan depends on besides the sources: entry, params, the versions of llmpipe and of its kinds. */
export type MemoRequest = { readonly [name: string]: Json }

interface Memo {
  readonly request: string
  /** The SHA-256 of each source, by the name `read` knows it by. */
  readonly sources: readonly (readonly [name: string, sha256: string])[]
  readonly value: unknown
}

/** What was saved for a request, if every source still reads the same. `read` is what compiling reads with. */
export function loadMemo<Value>(
  root: string,
  request: MemoRequest,
  read: (name: string) => string | undefined,
): Value | undefined {
  let memo: Memo
  try {
    memo = JSON.parse(readFileSync(pathOf(root, request), 'utf8'))
  } catch {
    // Not there, or damaged: it is only a cache.
    return undefined
  }
  if (memo.request !== canonical(request)) return undefined
  const isSame = memo.sources.every(([name, sha256]) => {
    const text = read(name)
    return text !== undefined && hash(text) === sha256
  })
  return isSame ? (memo.value as Value) : undefined
}

/** Saves a value (JSON) for a request, with the texts of all sources it was made of. */
export function saveMemo(
  root: string,
  request: MemoRequest,
  sources: ReadonlyMap<string, string>,
  value: unknown,
): void {
  const memo: Memo = {
    request: canonical(request),
    sources: [...sources].map(([name, text]) => [name, hash(text)]),
    value,
  }
  keepIfPossible(() => {
    mkdirSync(join(root, 'memo'), { recursive: true })
    replaceFile(root, pathOf(root, request), JSON.stringify(memo), false)
  })
}

function pathOf(root: string, request: MemoRequest): string {
  return join(root, 'memo', `${hash(canonical(request)).slice(0, 32)}.json`)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
