import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { watchTime } from '../../src/run/timeout.ts'
import { whySkipped } from '../../src/view/skipped.ts'
import { eventsOf, outcomes, Project, planOf, until } from './rig.ts'

test('a chain runs once, and then is cached', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  const plan = planOf({
    read: { files: '*.txt' },
    clean: { from: ['read'], params: { take: 4 } },
    model: { from: ['clean'] },
  })
  const first = await project.run(plan)
  expect(outcomes(first)).toEqual({ read: 'finished', clean: 'finished', model: 'finished' })
  expect(project.text(first, 'model')).toBe('hell')
  const second = await project.run(plan)
  expect(outcomes(second)).toEqual({ read: 'cached', clean: 'cached', model: 'cached' })
  expect(second).toMatchObject({ ran: 0, cached: 3, failed: 0, outputs: first.outputs })
})

test('a change that a stage removes again stops there', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  const plan = planOf({
    read: { files: '*.txt' },
    clean: { from: ['read'], params: { take: 4 } },
    model: { from: ['clean'] },
  })
  await project.run(plan)
  project.write('a.txt', 'hell!')
  const ran = await project.run(plan)
  expect(outcomes(ran)).toEqual({ read: 'finished', clean: 'finished', model: 'cached' })
  expect(eventsOf(ran, 'finished').map(({ unchanged }) => unchanged)).toEqual([undefined, true])
  expect(eventsOf(ran, 'started').map(({ reason }) => reason)).toEqual(['a.txt changed', 'input `from` (read) changed'])
})

test('a setting runs its stage again, a label, a name, a hint and the place do not', async () => {
  const project = new Project()
  const nodes = { a: { params: { say: 'x', $label: 'one' } }, b: { from: ['a'], params: { say: 'y' } } }
  await project.run(planOf(nodes))
  const renamed = planOf({
    z: { params: { $label: 'two', say: 'x' }, name: 'other', line: 9, hints: { pace: 3 } },
    b: { from: ['z'], params: { say: 'y' } },
  })
  expect((await project.run(renamed)).cached).toBe(2)
  const changed = await project.run(planOf({ ...nodes, b: { from: ['a'], params: { say: 'z' }, line: 34 } }))
  expect(outcomes(changed)).toEqual({ a: 'cached', b: 'finished' })
  expect(eventsOf(changed, 'started')[0]!.reason).toBe('say: "y" → "z", line 34')
})

test('files that are moved are the same, with other names they may be of another format', async () => {
  const project = new Project()
  mkdirSync(join(project.folder, 'one'))
  project.write('one/a.txt', 'hello')
  await project.run(planOf({ read: { files: 'one/*' }, cut: { from: ['read'], params: { take: 1 } } }))
  renameSync(join(project.folder, 'one'), join(project.folder, 'two'))
  expect(
    (await project.run(planOf({ read: { files: 'two/*' }, cut: { from: ['read'], params: { take: 1 } } }))).cached,
  ).toBe(2)
  renameSync(join(project.folder, 'two/a.txt'), join(project.folder, 'two/a.jsonl'))
  const renamed = await project.run(planOf({ read: { files: 'two/*' }, cut: { from: ['read'], params: { take: 1 } } }))
  expect(outcomes(renamed)).toEqual({ read: 'finished', cut: 'cached' })
})

test('the work folder that a runner left after its commit is removed', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  const plan = planOf({ read: { files: 'a.txt' } })
  const { key } = eventsOf(await project.run(plan), 'finished')[0]!
  mkdirSync(join(project.store.root, 'work', key, 'checkpoints'), { recursive: true })
  expect((await project.run(plan)).cached).toBe(1)
  expect(existsSync(join(project.store.root, 'work', key))).toBe(false)
})

test('stages that do not depend on each other run side by side, within jobs', async () => {
  const project = new Project()
  const hints = { gates: project.gates }
  const plan = planOf({
    a: { hints, params: { say: 'a' } },
    b: { hints, params: { say: 'b' } },
    c: { hints, params: { say: 'c' } },
  })
  const running = project.run(plan, { jobs: 2, order: (ready) => [...ready].reverse() })
  await until(() => project.begun().length === 2)
  expect(new Set(project.begun())).toEqual(new Set(['b', 'c']))
  project.open()
  expect((await running).ran).toBe(3)
})

test('a failure skips what depends on it; keepGoing does the rest', async () => {
  const project = new Project()
  const plan = planOf({
    bad: { kind: 'fail', cpus: 1000 },
    behind: { from: ['bad'] },
    further: { from: ['behind'] },
    other: { params: { say: 'other' }, cpus: 1000 },
  })
  const stopped = await project.run(plan)
  expect(outcomes(stopped)).toEqual({ bad: 'failed', behind: 'skipped', further: 'skipped', other: 'skipped' })
  // Only stages that need the failed stage are reported as skipped because of it.
  expect(eventsOf(stopped, 'skipped').map(whySkipped)).toEqual([
    'it needs bad',
    'it needs bad',
    'the run stopped when bad failed (use --keep-going to continue)',
  ])
  expect(stopped.failures[0]).toMatchObject({
    stage: 'bad',
    line: 1,
    error: { code: 'as-told', help: 'Tell it otherwise.', detail: 'about to fail' },
  })
  const went = await project.run(plan, { keepGoing: true })
  expect(outcomes(went)).toEqual({ bad: 'failed', behind: 'skipped', further: 'skipped', other: 'finished' })
  expect(eventsOf(went, 'skipped').map(({ because }) => because)).toEqual(['bad', 'bad'])
})

test.each([
  [{ kind: 'bug' }, 'bug', /no such thing/],
  [{ kind: 'die' }, 'killed', /SIGKILL/],
  [{ kind: 'die', params: { signal: 'SIGSEGV' } }, 'killed', /SIGSEGV/],
  [{ kind: 'exit', params: { code: 7 } }, 'crashed', /exit code 7/],
  [{ kind: 'exit', params: { code: 137 } }, 'killed', /killed/],
  [{ kind: 'nonesuch' }, 'bug', /nonesuch/],
])('%j ends as %s', async (node, code, message) => {
  const { failures } = await new Project().run(planOf({ it: node }))
  expect(failures[0]!.error.code).toBe(code)
  expect(failures[0]!.error.message).toMatch(message)
})

test('a stage that runs out of memory is reported as that', async () => {
  const before = process.env.NODE_OPTIONS
  process.env.NODE_OPTIONS = '--max-old-space-size=40'
  try {
    const { failures } = await new Project().run(planOf({ it: { kind: 'memory' } }))
    expect(failures[0]!.error.code).toBe('out-of-memory')
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS
    else process.env.NODE_OPTIONS = before
  }
})

test('force runs a cached stage; only runs nothing else and needs its inputs', async () => {
  const project = new Project()
  const plan = planOf({ a: { params: { say: 'a' } }, b: { from: ['a'], params: { say: 'b' } }, c: { from: ['b'] } })
  const without = await project.run(plan, { only: ['b'] })
  expect(outcomes(without)).toEqual({ a: 'failed', b: 'skipped' })
  expect(without.failures[0]!.error).toMatchObject({ code: 'input-not-cached' })
  await project.run(plan, { only: ['a'] })
  expect(outcomes(await project.run(plan, { only: ['b'] }))).toEqual({ a: 'cached', b: 'finished' })
  expect(outcomes(await project.run(plan, { force: ['b'] }))).toEqual({ a: 'cached', b: 'finished', c: 'finished' })
  await expect(project.run(plan, { force: ['d'] })).rejects.toMatchObject({ code: 'unknown-stage' })
})

test('two nodes with the same key are run once', async () => {
  const project = new Project()
  const ran = await project.run(planOf({ a: { params: { say: 'same' } }, b: { params: { say: 'same' } } }))
  expect(Object.values(outcomes(ran)).sort()).toEqual(['cached', 'finished'])
})

test('several outputs are artefacts of their own', async () => {
  const project = new Project()
  const ran = await project.run(
    planOf({ 'l,r': { outputs: ['l', 'r'], params: { say: 'x' } }, b: { from: ['l,r.r'] } }),
  )
  expect(ran.ran).toBe(2)
  expect(project.text(ran, 'l,r', 'l')).toBe('x')
})

test('an interrupted stage saves its work, resumes, and ends with the same bytes', async () => {
  const whole = new Project()
  const node = { kind: 'count', params: { steps: 30 } }
  const undisturbed = await whole.run(planOf({ it: node }))

  const project = new Project()
  project.write('stop', '12')
  const plan = planOf({ it: { ...node, hints: { stopAt: join(project.folder, 'stop') } }, behind: { from: ['it'] } })
  const soft = new AbortController()
  const hard = new AbortController().signal
  const stopped = await project.run(plan, {
    signal: { soft: soft.signal, hard },
    onEvent: (event) => event.event === 'checkpoint' && event.step === 12 && soft.abort(),
  })
  expect(outcomes(stopped)).toEqual({ it: 'interrupted', behind: 'skipped' })
  expect(eventsOf(stopped, 'skipped').map(whySkipped)).toEqual(['it needs it'])
  expect(eventsOf(stopped, 'interrupted')[0]!.step).toBe(12)
  const went = await project.run(plan)
  expect(eventsOf(went, 'started')[0]).toMatchObject({ attempt: 2, resumedFrom: 12 })
  expect(eventsOf(went, 'metric')[0]!.step).toBe(13)
  expect(went.outputs.it).toEqual(undisturbed.outputs.it)
  const metrics = readFileSync(
    join(project.store.actionFolder(eventsOf(went, 'finished')[0]!.key), 'metrics.jsonl'),
    'utf8',
  )
  const steps = metrics
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).step)
  expect(steps).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
})

test('a stage that dies is retried as often as it asks, and resumes', async () => {
  const node = { kind: 'unsteady', params: { dies: 2, steps: 3 } }
  const went = await new Project().run(planOf({ it: { ...node, hints: { retries: 2 } } }))
  expect(outcomes(went)).toEqual({ it: 'finished' })
  expect(eventsOf(went, 'started').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  const said = eventsOf(went, 'log').map(({ message }) => message)
  expect(said).toEqual([
    'attempt 1 failed: the stage was killed (SIGKILL); another follows in 1 s',
    'attempt 2 failed: the stage was killed (SIGKILL); another follows in 2 s',
  ])
  const gaveUp = await new Project().run(planOf({ it: { ...node, hints: { retries: 1 } } }))
  expect(outcomes(gaveUp)).toEqual({ it: 'failed' })
  expect(gaveUp.failures[0]!.error.code).toBe('killed')
})

test('a stage that rejects its input is not retried', async () => {
  const went = await new Project().run(planOf({ it: { kind: 'fail', hints: { retries: 5 } } }))
  expect(outcomes(went)).toEqual({ it: 'failed' })
  expect(eventsOf(went, 'started')).toHaveLength(1)
})

test('a stage that exceeds its timeout saves its work and fails; another attempt resumes from there', async () => {
  const node = { kind: 'count', params: { steps: 40 }, hints: { pace: 30, timeout: 1 } }
  const project = new Project()
  const late = await project.run(planOf({ it: node }))
  expect(late.failures[0]!.error).toMatchObject({ code: 'timeout', message: 'it did not end within 1 s' })
  const went = await project.run(planOf({ it: { ...node, hints: { pace: 0 } } }))
  expect(eventsOf(went, 'started')[0]!.resumedFrom).toBeGreaterThan(0)
  const tries = await new Project().run(planOf({ it: { ...node, hints: { ...node.hints, retries: 9 } } }))
  expect(outcomes(tries)).toEqual({ it: 'finished' })
  expect(tries.outputs.it).toEqual(went.outputs.it)
})

test('a time limit of weeks is waited for in whole', () => {
  vi.useFakeTimers()
  try {
    let asked = 0
    const { nodes } = planOf({ it: { kind: 'count', hints: { timeout: 60 * 86_400 } } })
    const watch = watchTime(nodes[0]!, { interrupt: () => asked++, kill: () => {} })
    vi.advanceTimersByTime(59 * 86_400_000)
    expect([asked, watch.failure()]).toEqual([0, undefined])
    vi.advanceTimersByTime(86_400_000)
    expect([asked, watch.failure()?.code]).toEqual([1, 'timeout'])
    watch.stop()
  } finally {
    vi.useRealTimers()
  }
})

test('a stage that waits for its next attempt stops with the run', async () => {
  const soft = new AbortController()
  const went = await new Project().run(planOf({ it: { kind: 'die', hints: { retries: 9 } } }), {
    signal: { soft: soft.signal, hard: new AbortController().signal },
    onEvent: (event) => event.event === 'log' && event.message.includes('another follows') && soft.abort(),
  })
  expect(went.failed + went.skipped).toBe(1)
})

test('hard ends everything at once', async () => {
  const project = new Project()
  const hard = new AbortController()
  const running = project.run(planOf({ it: { kind: 'deaf', hints: { gates: project.gates } } }), {
    signal: { soft: new AbortController().signal, hard: hard.signal },
  })
  await until(() => project.begun().length === 1)
  hard.abort()
  expect(outcomes(await running)).toEqual({ it: 'interrupted' })
})

test('an input that changes while a stage reads it is not recorded', async () => {
  const project = new Project()
  project.write('a.txt', 'before')
  utimesSync(join(project.folder, 'a.txt'), 1, 1)
  const plan = planOf({ read: { files: 'a.txt', hints: { gates: project.gates } } })
  const running = project.run(plan)
  await until(() => project.begun().length === 1)
  project.write('a.txt', 'after!')
  utimesSync(join(project.folder, 'a.txt'), 1, 1)
  project.open()
  expect((await running).failures[0]!.error).toMatchObject({
    code: 'input-changed',
    message: expect.stringContaining('a.txt'),
  })
  const again = await project.run(plan)
  expect(project.text(again, 'read')).toBe('after!')
})

test('missing files fail their stage alone', async () => {
  const project = new Project()
  const ran = await project.run(planOf({ a: { files: 'data/*.txt' }, b: { params: { say: 'b' } } }), {
    keepGoing: true,
  })
  expect(outcomes(ran)).toEqual({ a: 'failed', b: 'finished' })
  expect(ran.failures[0]!.error).toMatchObject({ code: 'no-files', message: expect.stringContaining('data/*.txt') })
})

test('a pointer of Git LFS in the place of an input file fails the stage, and a text about pointers does not', async () => {
  const project = new Project()
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 12345\n`
  project.write('pointer.txt', pointer)
  project.write('windows.txt', pointer.replaceAll('\n', '\r\n'))
  project.write('text.txt', `A pointer begins like this:\n${pointer}`)
  const ran = await project.run(planOf({ a: { files: 'p*.txt' }, b: { files: 'text.txt' }, c: { files: 'w*.txt' } }), {
    keepGoing: true,
  })
  expect(outcomes(ran)).toEqual({ a: 'failed', b: 'finished', c: 'failed' })
  for (const { error } of ran.failures)
    expect(error).toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(
        /^(pointer|windows)\.txt is a pointer of Git LFS: the file itself was not downloaded$/,
      ),
      help: expect.stringContaining('git lfs pull'),
    })
})

test('an artefact is exported, and again only where the folder differs', async () => {
  const project = new Project()
  const plan = planOf({ a: { params: { say: 'x' }, exportTo: 'out/a' } })
  expect(eventsOf(await project.run(plan), 'exported')).toMatchObject([{ to: 'out/a', files: 1 }])
  expect(project.read('out/a/text')).toBe('x')
  expect(eventsOf(await project.run(plan), 'exported')).toEqual([])
  rmSync(join(project.folder, 'out/a/text'))
  project.write('out/a/other', 'kept')
  expect(eventsOf(await project.run(plan), 'exported')).toHaveLength(1)
  expect([project.read('out/a/text'), project.read('out/a/other')]).toEqual(['x', 'kept'])
})

test('the log of a run has every event', async () => {
  const project = new Project()
  const ran = await project.run(planOf({ a: {} }))
  const lines = readFileSync(join(project.store.root, 'runs', ran.run, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(ran.events)
  expect(ran.events[0]!.event).toBe('run-started')
  expect(ran.events.at(-1)!.event).toBe('run-finished')
})
