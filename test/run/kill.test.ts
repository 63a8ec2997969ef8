import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../src/store/folder-store.ts'
import { damageOf } from '../../src/store/payload.ts'
import { asKey } from '../brands.ts'
import { command, contents, Project, planOf, until } from './rig.ts'

/** Reading, a stage with checkpoints, one behind it, one beside them. */
function plan(pace: number) {
  return planOf({
    read: { files: '*.txt' },
    train: { kind: 'count', from: ['read'], params: { steps: 25 }, hints: { pace } },
    encode: { from: ['read'], params: { take: 3 } },
    report: { from: ['train', 'encode'] },
  })
}

/** A small deterministic generator (mulberry32): when and what to kill. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function start(project: Project) {
  const child = spawn(
    process.execPath,
    [
      command('runner-command'),
      join(project.folder, 'plan.json'),
      project.store.root,
      project.folder,
      command('stage-command'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  // A test that fails leaves no runner behind; its stages end with it.
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (piece) => {
    text += piece
  })
  const over = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const events = () => text.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []))
  return { child, over, events }
}

test('killing runners and stages at any moment leaves nothing partial, and the same bytes in the end', async () => {
  const undisturbed = new Project()
  undisturbed.write('a.txt', 'some text')
  const whole = await undisturbed.run(plan(0))
  expect(whole.failed).toBe(0)

  const chance = random(7)
  for (let project = 0; project < 5; project++) {
    const disturbed = new Project()
    disturbed.write('a.txt', 'some text')
    disturbed.write('plan.json', JSON.stringify(plan(4)))
    for (let kill = 0; kill < 8; kill++) {
      const runner = start(disturbed)
      await sleep(60 + chance() * 350)
      const stages = runner.events().filter(({ event }) => event === 'started')
      const stage = stages.at(-1)
      if (stage !== undefined && chance() < 0.5) {
        try {
          process.kill(stage.where.pid, 'SIGKILL')
        } catch {
          // It has ended.
        }
        if (chance() < 0.5) await runner.over
      }
      runner.child.kill('SIGKILL')
      await runner.over
      await everyHitIsWhole(disturbed)
    }
    const last = start(disturbed)
    expect(await last.over).toBe(0)
    expect(disturbed.objects()).toEqual(undisturbed.objects())
    expect(readdirSync(join(disturbed.store.root, 'work'))).toEqual([])
  }
})

async function everyHitIsWhole({ store }: Project): Promise<void> {
  for (const path of Object.keys(contents(join(store.root, 'actions'))).filter((name) =>
    name.endsWith('action.json'),
  )) {
    const key = asKey(path.split('/')[1] ?? '')
    const action = await openStore(store.root).lookup(key)
    expect(action).toBeDefined()
    for (const { digest, files } of Object.values(action!.outputs)) {
      expect(await damageOf(store.objectFolder(digest), files)).toBeUndefined()
    }
  }
}

test.each(['text', 'deaf'])('a stage (%s) stops by itself soon after its runner died', async (kind) => {
  const project = new Project()
  project.write('plan.json', JSON.stringify(planOf({ it: { kind, hints: { gates: project.gates } } })))
  const runner = start(project)
  await until(() => project.begun().length === 1)
  const { pid } = runner.events().find(({ event }) => event === 'started').where
  runner.child.kill('SIGKILL')
  await until(() => isGone(pid))
})

function isGone(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return true
  }
}

test('a run takes over the stage of a dead run at once, even if that stage ignores signals', async () => {
  const project = new Project()
  const deaf = planOf({ it: { kind: 'deaf', hints: { gates: project.gates } } })
  project.write('plan.json', JSON.stringify(deaf))
  const dead = start(project)
  // The stage may begin before its start is printed.
  const started = (run: typeof dead) => run.events().find(({ event }) => event === 'started')
  await until(() => project.begun().length === 1 && started(dead) !== undefined)
  const { pid } = started(dead).where
  dead.child.kill('SIGKILL')
  await dead.over
  const next = start(project)
  await until(() => project.begun().length === 2 && started(next) !== undefined)
  expect(isGone(pid)).toBe(true)
  expect(started(next)).toMatchObject({ attempt: 2 })
  const second = started(next).where.pid
  next.child.kill('SIGKILL')
  process.kill(-second, 'SIGKILL')
  await next.over
})

test('two runs at once do everything once', async () => {
  const project = new Project()
  project.write('a.txt', 'some text')
  project.write('plan.json', JSON.stringify(plan(2)))
  const runners = [start(project), start(project), start(project)]
  expect(await Promise.all(runners.map(({ over }) => over))).toEqual([0, 0, 0])
  const finished = runners.flatMap(({ events }) => events().filter(({ event }) => event === 'finished'))
  expect(finished.map(({ id }) => id).sort()).toEqual(['encode', 'read', 'report', 'train'])
})
