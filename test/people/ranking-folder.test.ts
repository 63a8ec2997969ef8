/** The record of the server of a ranking folder: of the process that wrote it, and of no process that has its pid later. */

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { JudgementLog } from '../../src/people/judgement-log.ts'
import { RankingFolder, wholeAddress, withoutToken } from '../../src/people/ranking-folder.ts'
import { identity } from '../../src/process/identity.ts'

const root = mkdtempSync(join(tmpdir(), 'llmpipe-place-'))
afterAll(() => rmSync(root, { recursive: true }))

const server = { port: 1234, token: 'abc', address: 'http://127.0.0.1:1234/?token=abc' }
const parent = identity(process.ppid)

test('the server of another living process is running', () => {
  const folder = new RankingFolder(root, 'living')
  writeFileSync(join(folder.path, 'server.json'), JSON.stringify({ ...server, process: parent }))
  expect(folder.runningServer()).toMatchObject({ ...server, pid: process.ppid })
})

test('a process that has the pid of a dead server is not that server', () => {
  const folder = new RankingFolder(root, 'again')
  const dead = { ...parent, start: `${parent.start}0` }
  writeFileSync(join(folder.path, 'server.json'), JSON.stringify({ ...server, process: dead }))
  expect(folder.runningServer()).toBeUndefined()
  expect(folder.lastServer()).toMatchObject(server)
})

test('a stopped server leaves its port and token to the next', () => {
  const folder = new RankingFolder(root, 'stopped')
  folder.remember(server)
  folder.forget()
  expect(folder.runningServer()).toBeUndefined()
  expect(folder.lastServer()).toMatchObject(server)
  expect(folder.takeOver()).toEqual({ port: 1234, token: 'abc' })
})

test('a token is taken over while it is young, if no other user can have read it', () => {
  const folder = new RankingFolder(root, 'old')
  folder.remember(server)
  const day = 24 * 3_600_000
  expect(folder.takeOver(Date.now() + day)).toEqual({ port: 1234 })
  // Taken over, it does not become young again.
  const { made } = folder.lastServer()!
  folder.remember(server)
  expect(folder.lastServer()!.made).toBe(made)
  chmodSync(join(folder.path, 'server.json'), 0o644)
  expect(folder.takeOver()).toEqual({ port: 1234 })
  // Of a version that wrote it into the log of the run.
  writeFileSync(join(folder.path, 'server.json'), JSON.stringify(server), { mode: 0o600 })
  expect(folder.takeOver()).toEqual({ port: 1234 })
})

test('the whole address is found by its part without the token', () => {
  const folder = new RankingFolder(join(root, 'people'), 'some')
  folder.remember(server)
  expect(withoutToken(server.address)).toBe('http://127.0.0.1:1234/')
  expect(wholeAddress(join(root, 'people'), 'http://127.0.0.1:1234/')).toBe(server.address)
  expect(wholeAddress(join(root, 'people'), 'http://127.0.0.1:99/')).toBe('http://127.0.0.1:99/')
  expect(wholeAddress(join(root, 'nowhere'), 'http://127.0.0.1:99/')).toBe('http://127.0.0.1:99/')
})

test('rankings are never written through a link in the store', () => {
  const outside = mkdtempSync(join(tmpdir(), 'llmpipe-place-'))
  writeFileSync(join(outside, 'precious'), 'mine\n')
  symlinkSync(outside, join(root, 'linked'))
  const folder = new RankingFolder(root, 'linked')
  expect(folder.path).toBe(join(root, 'linked'))
  symlinkSync(join(outside, 'precious'), folder.log)
  new JudgementLog(folder.log)
  writeFileSync(folder.log, 'ranked')
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('mine\n')
  expect(readdirSync(outside)).toEqual(['precious'])
  rmSync(outside, { recursive: true })
})
