import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openHistory } from '../../src/store/key/history.ts'
import type { Action } from '../../src/store/store.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'llmpipe-history-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const action = (key: string, id: string, kind = 'read') => ({ key, node: { id, name: id, kind }, time: 7 }) as Action
const keys = (entries: readonly { readonly key: string }[]) => entries.map(({ key }) => key)

test('a process sees the entries that others append, each once and in order', () => {
  const [ours, theirs] = [openHistory(root), openHistory(root)]
  expect(ours.entries()).toEqual([])
  ours.append(action('k1', 'a'))
  theirs.append(action('k2', 'b'))
  expect(keys(ours.entries())).toEqual(['k1', 'k2'])
  theirs.append(action('k3', 'a'))
  theirs.append(action('k4', 'a', 'dedup'))
  for (const history of [ours, theirs]) {
    expect(keys(history.entries())).toEqual(['k1', 'k2', 'k3', 'k4'])
    expect(keys(history.ofKind('read'))).toEqual(['k1', 'k2', 'k3'])
    expect(keys(history.ofNode({ id: 'a', kind: 'read' }))).toEqual(['k1', 'k3'])
    expect(history.ofNode({ id: 'c', kind: 'read' })).toEqual([])
  }
})

test('a line that is being written is read once it is whole; one that was cut short is left out', () => {
  const history = openHistory(root)
  const file = join(root, 'history.jsonl')
  history.append(action('k1', 'a'))
  appendFileSync(file, '{"key":"k2","id":"ä')
  expect(keys(history.entries())).toEqual(['k1'])
  appendFileSync(file, '","kind":"read","time":7}\n{"key":"k\n')
  history.append(action('k3', 'a'))
  expect(keys(history.entries())).toEqual(['k1', 'k2', 'k3'])
})

test('a history that was removed or begun anew is read from its beginning', () => {
  const history = openHistory(root)
  history.append(action('k1', 'a'))
  history.append(action('k2', 'a'))
  expect(history.entries()).toHaveLength(2)
  const file = join(root, 'history.jsonl')
  writeFileSync(file, '{"key":"k9","id":"a","kind":"read","time":7}\n')
  expect(keys(history.entries())).toEqual(['k9'])
  rmSync(file)
  expect(history.entries()).toEqual([])
})
