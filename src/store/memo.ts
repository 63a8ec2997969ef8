/**
 * Keeps plans, so that a program that did not change is not compiled again. A plan is found by the request that it was compiled for, and is valid
 * while the bytes of every source file are the same.
 */

import { join } from 'node:path'
import { canonical, type Json } from '../core/values/json.ts'
import { sha256 } from '../core/values/sha256.ts'
import { isText, listOf, type Shape, shape } from '../core/values/shape.ts'
import { readStoredAs } from './damage.ts'
import { keepIfPossible, makeFolder, replaceFile } from './durable.ts'
import { seal, unseal } from './sealed.ts'

/** Everything that a plan depends on besides the sources: entry file, params, versions of llmpipe and of its kinds. */
export type MemoRequest = { readonly [name: string]: Json }

interface Memo {
  readonly request: string
  /** The SHA-256 of each source, by the name `read` knows it by. */
  readonly sources: readonly (readonly [name: string, digest: string])[]
  readonly value: unknown
}

const isSource: Shape<Memo['sources'][number]> = (value): value is Memo['sources'][number] =>
  Array.isArray(value) && value.length === 2 && value.every(isText)

const isMemo = shape<Memo>({
  request: isText,
  sources: listOf(isSource),
  value: (value): value is unknown => value !== undefined,
})

/** The value that was saved for a request, and the present texts of its sources. */
export interface Remembered<Value> {
  readonly value: Value
  /** The present text of every source, by name. */
  readonly texts: ReadonlyMap<string, string>
  /** The sources that changed since the value was made. */
  readonly changed: readonly string[]
}

/** The value that was saved for a request; `undefined` if there is none, or if a source no longer exists. `read` returns the text of a source. */
export function loadMemo<Value>(
  root: string,
  request: MemoRequest,
  read: (name: string) => string | undefined,
): Remembered<Value> | undefined {
  const sealed = (text: string) => {
    const found = unseal('memo', text)
    return isMemo(found) ? found : undefined
  }
  const memo = readStoredAs(pathOf(root, request), sealed, 'the program is compiled again')
  if (memo?.request !== canonical(request)) return undefined
  const texts = new Map<string, string>()
  for (const [name] of memo.sources) {
    const text = read(name)
    if (text === undefined) return undefined
    texts.set(name, text)
  }
  const changed = memo.sources.flatMap(([name, digest]) => (sha256(texts.get(name)!) === digest ? [] : [name]))
  return { value: memo.value as Value, texts, changed }
}

/** Saves a JSON value for a request, with the texts of all sources that it was made from. In a read-only store, nothing is saved. */
export function saveMemo(
  root: string,
  request: MemoRequest,
  sources: ReadonlyMap<string, string>,
  value: unknown,
): void {
  const memo: Memo = {
    request: canonical(request),
    sources: [...sources].map(([name, text]) => [name, sha256(text)]),
    value,
  }
  keepIfPossible(() => {
    makeFolder(root, join(root, 'memo'))
    replaceFile(root, pathOf(root, request), seal('memo', memo), false)
  })
}

function pathOf(root: string, request: MemoRequest): string {
  return join(root, 'memo', `${sha256(canonical(request)).slice(0, 32)}.json`)
}
