/** Which server serves a place: the process that wrote it down, and no other one that was given its number. */

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Place, wholeAddress, withoutToken } from '../../src/people/place.ts'
import { SaidFile } from '../../src/people/said.ts'
import { identity } from '../../src/process/identity.ts'

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
  expect(place.lastServer()).toMatchObject(server)
  expect(place.again()).toEqual({ port: 1234, token: 'abc' })
})

test('a token is taken again as long as it is young, and only where nobody else can have seen it', () => {
  const place = new Place(root, 'old')
  place.remember(server)
  const day = 24 * 3_600_000
  expect(place.again(Date.now() + day)).toEqual({ port: 1234 })
  // Taken over, it does not become young again.
  const { made } = place.lastServer()!
  place.remember(server)
  expect(place.lastServer()!.made).toBe(made)
  chmodSync(join(place.folder, 'server.json'), 0o644)
  expect(place.again()).toEqual({ port: 1234 })
  // Of a version that wrote it into the log of the run.
  writeFileSync(join(place.folder, 'server.json'), JSON.stringify(server), { mode: 0o600 })
  expect(place.again()).toEqual({ port: 1234 })
})

test('the whole address is found again by the part that logs have', () => {
  const place = new Place(join(root, 'people'), 'some')
  place.remember(server)
  expect(withoutToken(server.address)).toBe('http://127.0.0.1:1234/')
  expect(wholeAddress(join(root, 'people'), 'http://127.0.0.1:1234/')).toBe(server.address)
  expect(wholeAddress(join(root, 'people'), 'http://127.0.0.1:99/')).toBe('http://127.0.0.1:99/')
  expect(wholeAddress(join(root, 'nowhere'), 'http://127.0.0.1:99/')).toBe('http://127.0.0.1:99/')
})

test('rankings are written through no link that lies in the store', () => {
  const outside = mkdtempSync(join(tmpdir(), 'llmpipe-place-'))
  writeFileSync(join(outside, 'precious'), 'mine\n')
  symlinkSync(outside, join(root, 'linked'))
  const place = new Place(root, 'linked')
  expect(place.folder).toBe(join(root, 'linked'))
  symlinkSync(join(outside, 'precious'), place.said)
  new SaidFile(place.said)
  writeFileSync(place.said, 'ranked')
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('mine\n')
  expect(readdirSync(outside)).toEqual(['precious'])
  rmSync(outside, { recursive: true })
})
