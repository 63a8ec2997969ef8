/** Which server serves a place: the process that wrote it down, and no other one that was given its number. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { identity } from '../../src/core/process.ts'
import { Place } from '../../src/people/place.ts'

const root = mkdtempSync(join(tmpdir(), 'llmpipe-place-'))
afterAll(() => rmSync(root, { recursive: true }))

const server = { port: 1234, token: 'abc', address: 'http://127.0.0.1:1234/?token=abc' }
const parent = identity(process.ppid)

test('a server of another process that lives is running', () => {
  const place = new Place(root, 'living')
  writeFileSync(join(place.folder, 'server.json'), JSON.stringify({ ...server, process: parent }))
  expect(place.runningServer()).toMatchObject({ ...server, pid: process.ppid })
})

test('a process that was given the number of a dead one serves nothing', () => {
  const place = new Place(root, 'again')
  const dead = { ...parent, start: `${parent.start}0` }
  writeFileSync(join(place.folder, 'server.json'), JSON.stringify({ ...server, process: dead }))
  expect(place.runningServer()).toBeUndefined()
  expect(place.lastServer()).toMatchObject(server)
})

test('a server that stopped leaves its port and token to the next', () => {
  const place = new Place(root, 'stopped')
  place.remember(server)
  place.forget()
  expect(place.runningServer()).toBeUndefined()
  expect(place.lastServer()).toEqual(server)
})
