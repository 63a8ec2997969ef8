/** GPUs as a resource, with a driver that lists some and stages that say which they see. */

import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Event, eventsIn, makeProject, outcomes, type Project } from '../../rig.ts'

const home = mkdtempSync(join(tmpdir(), 'llmpipe-gpus-'))
const before = { ...process.env }
beforeAll(() => {
  process.env.XDG_STATE_HOME = join(home, 'state')
  delete process.env.CUDA_VISIBLE_DEVICES
})
afterAll(() => {
  process.env = before
  rmSync(home, { recursive: true, force: true })
})

/** A fake driver of a machine with `count` GPUs, which records each call. */
function driver(count: number): string {
  const folder = mkdtempSync(join(home, 'driver'))
  const cards = Array.from({ length: count }, (_, n) => `GPU ${n}: NVIDIA Something (UUID: GPU-${n}${n}${n})`)
  const text = `#!/bin/sh\n[ "$1" = -L ] || exit 9\necho asked >> "${folder}/asked"\n${cards.map((card) => `echo "${card}"\n`).join('')}`
  makeProject({ 'nvidia-smi': text }, folder)
  chmodSync(join(folder, 'nvidia-smi'), 0o755)
  return folder
}

/** A project on a machine: what its processes have in their environment besides. */
function project(text: string, env: Readonly<Record<string, string>>): Project {
  const unset = Object.keys(env).filter((name) => process.env[name] === undefined)
  const saved = { ...process.env }
  Object.assign(process.env, env)
  const made = makeProject({ 'a.llmpipe': text, 'see.sh': see }, mkdtempSync(join(home, 'p')))
  Object.assign(process.env, saved)
  for (const name of unset) delete process.env[name]
  made.llmpipe(['trust', '--yes', 'a.llmpipe'])
  return made
}
const path = (folder: string) => `${folder}:${before.PATH}`

/** Says which devices it sees, and for how long it has them. */
const see = `echo "begin \${CUDA_VISIBLE_DEVICES-all}"
sleep 0.3
echo "end \${CUDA_VISIBLE_DEVICES-all}"
echo '{"text":"x"}' > "$OUT/a.jsonl"
`
const stage = (name: string, more = '') =>
  `data ${name} = shell(command: "sh see.sh # ${name}", files: "see.sh"${more}, cpus: 1, memory: 1MiB)\n`

/** The lines that the stages wrote, in order. */
const said = (events: readonly Event[]) =>
  events.flatMap(({ event, message }) =>
    event === 'log' && /^(begin|end) /.test(String(message)) ? [String(message)] : [],
  )

const devicesOf = (lines: readonly string[]) =>
  lines.filter((line) => line.startsWith('begin ')).map((line) => line.slice('begin '.length))

test('each stage has devices of its own, and waits where none are free', () => {
  const wants = ['a', 'b', 'c', 'd', 'e'].map((name, n) => stage(name, `, gpus: ${n === 4 ? 2 : 1}`)).join('')
  const here = project(wants + stage('plain'), { PATH: path(driver(2)) })
  const { code, events } = here.events(['a.llmpipe', '-j', '6'])
  expect(code).toBe(0)
  const held = new Set<string>()
  const lines = said(events)
  for (const line of lines) {
    const [what, list = ''] = line.split(' ')
    for (const device of list.split(',').filter((each) => each !== '')) {
      expect(['0', '1']).toContain(device)
      expect(held.has(device), line).toBe(what === 'end')
      if (what === 'begin') held.add(device)
      else held.delete(device)
    }
  }
  expect(held.size).toBe(0)
  // The one that wants none sees none: it cannot be in anybody's way.
  expect(devicesOf(lines).sort()).toEqual(expect.arrayContaining(['', '0,1']))
  expect(devicesOf(lines)).toHaveLength(6)
  const started = events.find(({ event, stage: name }) => event === 'started' && name === 'e')
  expect(started?.gpus).toEqual(['0', '1'])
  expect(events.find(({ event, stage: name }) => event === 'started' && name === 'plain')).not.toHaveProperty('gpus')
  // The number of GPUs that a stage received is not part of its key.
  here.write('a.llmpipe', wants.replaceAll('gpus: 1', 'gpus: 2') + stage('plain'))
  expect(Object.values(outcomes(here.events(['a.llmpipe']).events))).toEqual(Array(6).fill('cached'))
})

test('a program without GPU stages does not ask the driver, and leaves the environment unchanged', () => {
  const folder = driver(2)
  const { events } = project(stage('a'), { PATH: path(folder) }).events(['a.llmpipe'])
  expect(devicesOf(said(events))).toEqual(['all'])
  expect(existsSync(join(folder, 'asked'))).toBe(false)
  const restricted = project(stage('a'), { PATH: path(folder), CUDA_VISIBLE_DEVICES: '1' })
  expect(devicesOf(said(restricted.events(['a.llmpipe']).events))).toEqual(['1'])
})

test.each([
  ['CUDA_VISIBLE_DEVICES selects the devices', { CUDA_VISIBLE_DEVICES: '5, 3,-1,7' }, [], '5,3'],
  ['--gpus limits how many of the visible devices are used', { CUDA_VISIBLE_DEVICES: '5,3,7' }, ['--gpus', '2'], '5,3'],
  ['--gpus sets the number of devices if the driver does not list them', {}, ['--gpus', '2'], '0,1'],
])('%s', (_, env, options, devices) => {
  const here = project(stage('a', ', gpus: 2'), { PATH: path(driver(0)), ...env })
  const { code, events } = here.events(['a.llmpipe', ...options])
  expect([code, devicesOf(said(events))]).toEqual([0, [devices]])
})

test('a stage that asks for more GPUs than there are fails before it starts, and the others run', () => {
  const here = project(stage('a', ', gpus: 3') + stage('b', ', gpus: 1'), { PATH: path(driver(2)) })
  const { code, stdout } = here.llmpipe(['run', 'a.llmpipe', '--json', '-k'])
  expect(code).toBe(1)
  const events = eventsIn(stdout)
  expect(outcomes(events)).toEqual({ a: 'failed', b: 'finished' })
  expect(events.some(({ event, stage: name }) => event === 'started' && name === 'a')).toBe(false)
  const { error } = events.find(({ event }) => event === 'failed') as unknown as {
    error: { code: string; message: string }
  }
  expect(error).toMatchObject({ code: 'no-gpu', message: 'the stage needs 3 GPUs, and this machine has only 2' })
  const none = project(stage('a', ', gpus: 1'), { PATH: '/usr/bin:/bin' })
  expect(none.llmpipe(['run', 'a.llmpipe', '--plain']).stdout).toContain(
    'the stage needs 1 GPU, and this machine has none',
  )
})

test('a stage on several nodes fails on one machine before it starts, with the way out', () => {
  const here = project(stage('a', ', nodes: 2'), { PATH: path(driver(0)) })
  const { code, stdout } = here.llmpipe(['run', 'a.llmpipe', '--json'])
  expect(code).toBe(1)
  expect(eventsIn(stdout).find(({ event }) => event === 'failed')).toMatchObject({
    error: { code: 'no-nodes', message: 'the stage needs 2 nodes, and this machine is one' },
  })
})

test('plan shows how many GPUs each stage asks for, and a value that is not a number is rejected', () => {
  const here = project(stage('a', ', gpus: 2'), { PATH: path(driver(2)) })
  expect(here.llmpipe(['plan', 'a.llmpipe']).stdout).toContain('shell, 2 GPUs')
  const { code, stderr } = here.llmpipe(['run', 'a.llmpipe', '--gpus', 'many'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('--gpus many is not a number of GPUs')])
})

test('a custom stage sees as many devices as its definition asks for', () => {
  const here = project('use "./own.ts" { own }\ndata a = own()\n', { PATH: path(driver(4)) })
  here.write(
    'own.ts',
    `import { defineStage } from 'llmpipe'
export const own = defineStage({
  summary: 'x',
  output: 'Docs',
  gpus: 2,
  run: ({ output }) => output.write({ text: process.env.CUDA_VISIBLE_DEVICES ?? 'all' }),
})
`,
  )
  here.llmpipe(['trust', '--yes', 'a.llmpipe'])
  const { stdout } = here.llmpipe(['run', 'a.llmpipe', '--plain'])
  expect(stdout).toContain('first run  gpu 0, 1')
  expect(here.llmpipe(['show', 'a.llmpipe', 'a']).stdout).toContain('0,1')
})
