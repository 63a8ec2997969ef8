import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { identity } from '../../src/process/identity.ts'
import { placeInWords, processPlace } from '../../src/process/where.ts'
import { type Claim, claim, endClaimOfJob, isHeld, joinClaim, textOfClaim } from '../../src/store/claim.ts'
import { temporaryFolder } from '../run/rig.ts'

async function claimed(root: string): Promise<Claim> {
  const it = await claim(root, 'k', { patience: 50 })
  if (isHeld(it)) throw new Error(`held by ${placeInWords(it.heldBy)}`)
  return it
}

test('a key is claimed by one at a time, and attempts are numbered', async () => {
  const root = temporaryFolder()
  const first = await claimed(root)
  expect(await claim(root, 'k')).toMatchObject({ heldBy: { pid: process.pid } })
  writeFileSync(join(first.checkpoints, 'state'), '1')
  first.release()
  const second = await claimed(root)
  expect(second.attempt).toBe(2)
  expect(readFileSync(join(second.checkpoints, 'state'), 'utf8')).toBe('1')
  second.release()
  const third = await claimed(root)
  expect(third.attempt).toBe(3)
  await third.remove()
  const fresh = await claimed(root)
  expect(fresh.attempt).toBe(1)
  // No checkpoints, nothing to keep.
  fresh.release()
  expect((await claimed(root)).attempt).toBe(1)
})

test('one of many simultaneous claimants gets the claim', async () => {
  const root = temporaryFolder()
  const all = await Promise.all(Array.from({ length: 20 }, () => claim(root, 'k')))
  expect(all.filter((it) => !isHeld(it))).toHaveLength(1)
})

test('a dead process holds nothing; its stage is killed first', async () => {
  const root = temporaryFolder()
  const work = join(root, 'work', 'k')
  mkdirSync(work, { recursive: true })
  const mine = await claimed(join(root, 'other'))
  const identity = JSON.parse(readFileSync(join(mine.work, 'attempt-1'), 'utf8'))
  const stage = spawn('sleep', ['60'], { detached: true })
  const gone = new Promise((resolve) => stage.once('exit', (_, signal) => resolve(signal)))
  mine.recordStage(processPlace(stage.pid!))
  writeFileSync(join(work, 'attempt-3'), JSON.stringify({ ...identity, start: '1' }))
  writeFileSync(join(work, 'attempt-3.stage'), readFileSync(join(mine.work, 'attempt-1.stage')))
  expect((await claimed(root)).attempt).toBe(4)
  expect(await gone).toBe('SIGKILL')
})

test('the claims of earlier versions, which name a process without a type, hold while the process lives', async () => {
  const root = temporaryFolder()
  const work = join(root, 'work', 'k')
  mkdirSync(work, { recursive: true })
  const me = identity(process.pid)
  writeFileSync(join(work, 'attempt-1'), JSON.stringify(me))
  expect(await claim(root, 'k')).toEqual({ heldBy: { type: 'process', ...me } })
  const stage = spawn('sleep', ['60'], { detached: true })
  const gone = new Promise((resolve) => stage.once('exit', (_, signal) => resolve(signal)))
  writeFileSync(join(work, 'attempt-1.stage'), JSON.stringify(identity(stage.pid!)))
  writeFileSync(join(work, 'attempt-1'), JSON.stringify({ ...me, start: '1' }))
  expect((await claimed(root)).attempt).toBe(2)
  expect(await gone).toBe('SIGKILL')
})

test('a process of another machine is dead once it has been silent', async () => {
  const root = temporaryFolder()
  const work = join(root, 'work', 'k')
  mkdirSync(work, { recursive: true })
  const file = join(work, 'attempt-1')
  writeFileSync(file, JSON.stringify({ pid: 1, start: '1', machine: 'elsewhere' }))
  expect(await claim(root, 'k')).toMatchObject({ heldBy: { machine: 'elsewhere' } })
  utimesSync(file, 1, 1)
  expect((await claimed(root)).attempt).toBe(2)
})

test.each([
  ['behind', 1],
  ['ahead', 4e9],
])('one whose clock is %s is not taken for dead while it touches its claim', async (_, time) => {
  const root = temporaryFolder()
  const work = join(root, 'work', 'k')
  mkdirSync(work, { recursive: true })
  const file = join(work, 'attempt-1')
  writeFileSync(file, JSON.stringify({ pid: 1, start: '1', machine: 'elsewhere' }))
  let beats = 0
  const touch = () => utimesSync(file, time + ++beats, time + beats)
  touch()
  const beat = setInterval(touch, 10)
  expect(await claim(root, 'k', { patience: 200 })).toMatchObject({ heldBy: { machine: 'elsewhere' } })
  clearInterval(beat)
  expect((await claimed(root)).attempt).toBe(2)
})

test('a claim that a power cut left empty holds nothing', async () => {
  const root = temporaryFolder()
  const work = join(root, 'work', 'k')
  mkdirSync(work, { recursive: true })
  writeFileSync(join(work, 'attempt-1'), '')
  expect((await claimed(root)).attempt).toBe(2)
})

const job = (id: string, restart?: number) =>
  ({ type: 'job', system: 'slurm', id, folder: `f-${id}`, ...(restart === undefined ? {} : { restart }) }) as const

/** Nothing can be seen: only silence shows that a holder is dead. */
const unseen = { isAlive: async () => undefined, kill: () => {} }

test('a job takes over the claim that was made for it, once', async () => {
  const root = temporaryFolder()
  const made = await claimed(root)
  const ticket = { key: 'k', attempt: made.attempt, text: textOfClaim(made) }
  const joined = joinClaim(root, ticket, job('1'))
  expect(joined?.isHeld()).toBe(true)
  // The cluster received the job twice.
  expect(joinClaim(root, ticket, job('2'))).toBeUndefined()
  expect(made.recordStage(job('2'))).toEqual(job('1'))
  expect(await claim(root, 'k', { processes: unseen, patience: 50 })).toEqual({ heldBy: job('1') })
  joined?.handOver()
  made.handOver()
})

test('of two starts of a job that the runner does not know yet, one joins its claim', async () => {
  const root = temporaryFolder()
  const made = await claimed(root)
  const ticket = { key: 'k', attempt: made.attempt, text: textOfClaim(made) }
  const again = joinClaim(root, ticket, job('1', 1))
  expect(again?.isHeld()).toBe(true)
  expect(joinClaim(root, ticket, job('1'))).toBeUndefined()
  expect(made.recordStage(job('1'))).toEqual(job('1', 1))
  again?.handOver()
  made.handOver()
})

test('the claim of a job ends when its job is known to be dead, and then the job has lost it', async () => {
  const root = temporaryFolder()
  const made = await claimed(root)
  writeFileSync(join(made.checkpoints, 'state'), '1')
  const joined = joinClaim(root, { key: 'k', attempt: 1, text: textOfClaim(made) }, job('1'))
  endClaimOfJob(root, 'k', job('2'))
  expect(joined?.isHeld()).toBe(true)
  endClaimOfJob(root, 'k', job('1'))
  expect(joined?.isHeld()).toBe(false)
  const next = await claimed(root)
  expect(next.attempt).toBe(2)
  // The old job still runs on a node that nobody reaches: it ends nothing but itself.
  joined?.release()
  await joined?.remove()
  expect(next.isHeld()).toBe(true)
  expect(readFileSync(join(next.checkpoints, 'state'), 'utf8')).toBe('1')
  expect(joinClaim(root, { key: 'k', attempt: 1, text: textOfClaim(made) }, job('1'))).toBeUndefined()
})

test('a job that is started again claims the next attempt in its own name', async () => {
  const root = temporaryFolder()
  const made = await claimed(root)
  joinClaim(root, { key: 'k', attempt: 1, text: textOfClaim(made) }, job('1'))?.handOver()
  made.handOver()
  const again = { processes: unseen, silence: 0, patience: 50, owner: job('1', 1) }
  const second = await claim(root, 'k', again)
  if (isHeld(second)) throw new Error('held')
  expect(second.attempt).toBe(2)
  expect(await claim(root, 'k', { processes: unseen })).toEqual({ heldBy: job('1', 1) })
})
