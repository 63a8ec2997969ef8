/** The search for a Python with PyTorch, and its messages if there is none. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { StageError } from '../../../../src/core/failure.ts'
import { faultInWords } from '../../../../src/engine/torch/python/faults.ts'
import { type FindOptions, findPython } from '../../../../src/engine/torch/python/find.ts'
import { fakePython, scratch, script, starts } from './fakes.ts'

/** The variables without which a shell script does not run. */
const shell = { PATH: '' }
const none = { cache: undefined, environments: undefined, env: shell }

async function refusal(options: FindOptions): Promise<{ message: string; help: string }> {
  const error = await findPython({ cache: undefined, environments: undefined, env: shell, ...options }).catch(
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof StageError)) throw new Error(`not refused: ${JSON.stringify(error)}`)
  expect(error.code).toBe('no-engine')
  return { message: error.message, help: error.help ?? '' }
}

it('returns the named Python with its versions and devices, the processor last', async () => {
  const gpu = { kind: 'cuda', name: 'NVIDIA H100 80GB HBM3', memory: 85_029_158_912, capability: '9.0' }
  const path = fakePython(join(scratch(), 'python'), { torch: '2.9.1+cu130', cuda: '13.0', devices: [gpu] })
  const found = await findPython({ ...none, python: path })
  expect(found).toMatchObject({ path, python: '3.12.3', torch: '2.9.1+cu130', cuda: '13.0', source: 'option' })
  expect(found.devices[0]).toEqual(gpu)
  expect(found.devices.at(-1)).toMatchObject({ kind: 'cpu' })
})

it('tries the option, then LLMPIPE_PYTHON, then the active environment, then PATH', async () => {
  const folder = scratch()
  const good = (name: string) => fakePython(join(folder, name), { torch: '2.6.0' })
  const [option, variable] = [good('option/python'), good('variable/python')]
  const [venv, conda] = [good('venv/bin/python'), good('conda/bin/python')]
  const [three, plain] = [good('three/python3'), good('plain/python')]
  const env: NodeJS.ProcessEnv = {
    LLMPIPE_PYTHON: variable,
    VIRTUAL_ENV: join(folder, 'venv'),
    CONDA_PREFIX: join(folder, 'conda'),
    PATH: `${join(folder, 'plain')}:${join(folder, 'three')}`,
  }
  expect((await findPython({ cache: undefined, environments: undefined, env, python: option })).path).toBe(option)
  for (const [expected, forget] of [
    [variable, { LLMPIPE_PYTHON: '' }],
    [venv, { VIRTUAL_ENV: undefined }],
    [conda, { CONDA_PREFIX: 'conda' }],
    [three, { PATH: join(folder, 'plain') }],
    [plain, {}],
  ] as const) {
    expect((await findPython({ cache: undefined, environments: undefined, env })).path).toBe(expected)
    Object.assign(env, forget)
  }
})

it('goes past a Python without torch that nobody named', async () => {
  const folder = scratch()
  fakePython(join(folder, 'venv/bin/python'))
  const good = fakePython(join(folder, 'bin/python3'), { torch: '2.8.0' })
  const env = { VIRTUAL_ENV: join(folder, 'venv'), PATH: join(folder, 'bin') }
  expect((await findPython({ cache: undefined, environments: undefined, env })).path).toBe(good)
})

it('never replaces a named Python by another', async () => {
  const folder = scratch()
  fakePython(join(folder, 'bin/python3'), { torch: '2.8.0' })
  const env = { LLMPIPE_PYTHON: join(folder, 'none'), PATH: join(folder, 'bin') }
  expect((await refusal({ env })).message).toBe(
    `the Python that LLMPIPE_PYTHON names cannot run the engine torch: ${join(folder, 'none')} does not exist`,
  )
})

it('looks up a name without a separator on PATH', async () => {
  const folder = scratch()
  const good = fakePython(join(folder, 'bin/python3.12'), { torch: '2.8.0' })
  const env = { PATH: `.:${join(folder, 'bin')}` }
  expect((await findPython({ cache: undefined, environments: undefined, env, python: 'python3.12' })).path).toBe(good)
})

it('refuses when there is no Python, with the command that makes one', async () => {
  expect(await refusal({})).toEqual({
    message: 'the engine torch needs Python, and there is no python3 on PATH',
    help: '`llmpipe setup torch` makes an environment with PyTorch; or name a Python that has it with --python or LLMPIPE_PYTHON.',
  })
})

it('says of each Python that it looked at why it cannot be used', async () => {
  const folder = scratch()
  fakePython(join(folder, 'bin/python3'), { torch: '2.3.1+cpu' })
  fakePython(join(folder, 'bin/python'), { python: '2.7.18' })
  const { message } = await refusal({ env: { PATH: join(folder, 'bin') } })
  expect(message).toBe(
    `no Python with PyTorch 2.6 or newer was found: the torch of ${folder}/bin/python3 is 2.3.1+cpu; 2.6 or newer is needed; ` +
      `${folder}/bin/python is Python 2.7.18; 3.10 or newer is needed`,
  )
})

it.each([
  ['is a folder', { folder: true }, 'is a folder, not a Python', /^Name the program/],
  ['is not executable', { plain: 'x' }, 'is not executable', /chmod \+x/],
  ['is no program', { executable: 'x' }, 'does not answer like a Python', /Python 3\.10 or newer/],
  ['has no torch', {}, '(Python 3.12.3) has no torch', /-m pip install torch\. .*llmpipe setup torch/],
  ['has an old torch', { torch: '2.5.1+cu124' }, 'is 2.5.1+cu124; 2.6 or newer is needed', /--upgrade torch/],
  [
    'has a broken torch',
    { failure: { missing: false, broken: 'OSError: libcudart.so.12: cannot open shared object file' } },
    'cannot be imported: OSError: libcudart.so.12: cannot open shared object file',
    /--force-reinstall torch/,
  ],
  [
    'crashes when torch is imported',
    { torch: '2.6.0', between: 'kill -ILL $$' },
    'cannot be imported: the process was ended by SIGILL',
    /--force-reinstall/,
  ],
  ['is too old', { python: '3.9.21', torch: '2.6.0' }, 'is Python 3.9.21; 3.10 or newer is needed', /setup torch/],
  ['has 32 bits', { bits: 32, torch: '2.6.0' }, 'is a 32-bit program, for which there is no PyTorch', /64-bit/],
  [
    'prints rubbish and ends',
    { before: 'echo "Python was not found; run without arguments to install" >&2; exit 9' },
    'the process ended with exit code 9 and printed "Python was not found; run without arguments to install"',
    /3\.10 or newer/,
  ],
] as const)('refuses a named Python that %s', async (_, fake, message, help) => {
  const path = join(scratch(), 'python')
  if ('folder' in fake) mkdirSync(path)
  else if ('plain' in fake) writeFileSync(path, fake.plain)
  else if ('executable' in fake) script(path, ['exit 0'])
  else fakePython(path, fake)
  const refused = await refusal({ python: path })
  expect(refused.message).toContain('the Python that --python names cannot run the engine torch: ')
  expect(refused.message).toContain(message)
  expect(refused.help).toMatch(help)
})

it('names the program of an environment whose folder was given', async () => {
  const folder = scratch()
  fakePython(join(folder, 'venv/bin/python'), { torch: '2.8.0' })
  expect((await refusal({ python: join(folder, 'venv') })).help).toBe(`Did you mean ${folder}/venv/bin/python?`)
})

it('stops a Python that hangs, with what it started', async () => {
  const folder = scratch()
  const atStart = fakePython(join(folder, 'a/python'), { torch: '2.8.0', before: '/bin/sleep 100' })
  const atImport = fakePython(join(folder, 'b/python'), { torch: '2.8.0', between: '/bin/sleep 100' })
  expect((await refusal({ python: atStart, timeout: 300 })).message).toContain('did not start within 0.3 s')
  expect((await refusal({ python: atImport, timeout: 2000 })).message).toContain('did not import torch within 2 s')
})

it('is not confused by what else a Python prints', async () => {
  const before = 'echo "loading ROCm..."; echo warning: old >&2; echo llmpipe-python not JSON'
  const path = fakePython(join(scratch(), 'python'), { torch: '2.8.0', before })
  expect((await findPython({ ...none, python: path })).torch).toBe('2.8.0')
})

it('keeps the reason why CUDA is not used', async () => {
  const trouble = 'CUDA initialization: The NVIDIA driver on your system is too old (found version 11040).'
  const path = fakePython(join(scratch(), 'python'), { torch: '2.8.0', cuda: '12.8', trouble })
  expect(await findPython({ ...none, python: path })).toMatchObject({ cuda: '12.8', trouble })
})

it('asks a Python once, and again when its packages change, after a day, or on demand', async () => {
  const folder = scratch()
  const path = fakePython(join(folder, 'bin/python'), { torch: '2.8.0' })
  const find = (options: FindOptions = {}) =>
    findPython({ env: shell, cache: join(folder, 'cache'), now: 1e12, python: path, ...options })
  const first = await find()
  expect(await find()).toEqual(first)
  expect(starts(path)).toBe(1)
  mkdirSync(join(folder, 'bin/site-packages/numpy'))
  await find()
  expect(starts(path)).toBe(2)
  await find({ now: 1e12 + 24 * 3600 * 1000 })
  expect(starts(path)).toBe(3)
  await find({ now: 1e12 + 24 * 3600 * 1000, fresh: true })
  expect(starts(path)).toBe(4)
  await find({ now: 1e12 + 24 * 3600 * 1000, env: { ...shell, CUDA_VISIBLE_DEVICES: '1' } })
  expect(starts(path)).toBe(5)
})

it('asks again if a remembered answer is corrupt, and never remembers a failure', async () => {
  const folder = scratch()
  const cache = join(folder, 'cache')
  const path = fakePython(join(folder, 'bin/python'))
  await refusal({ python: path, cache })
  fakePython(path, { torch: '2.8.0' })
  await findPython({ env: shell, cache, python: path })
  const [file] = readdirSync(cache)
  writeFileSync(join(cache, file!), '{"time":1,"files":"","found":{"path":"/bin/sh"}}')
  expect((await findPython({ env: shell, cache, python: path })).torch).toBe('2.8.0')
  expect(starts(path)).toBe(3)
})

it('quotes only the beginning of a long line that a program printed', () => {
  const words = faultInWords({ path: '/bin/ls', type: 'no-answer', how: 'it ended', printed: 'x'.repeat(500) })
  expect(words).toBe(`/bin/ls does not answer like a Python: it ended and printed "${'x'.repeat(100)}…"`)
})

it('suggests to try without PYTHONPATH if it may be why a Python does not answer', async () => {
  const python = script(join(scratch(), 'python'), ['exit 9'])
  const { help } = await refusal({ python, env: { ...shell, PYTHONPATH: '/opt/modules' } })
  expect(help).toMatch(/^PYTHONPATH is \/opt\/modules, whose modules .*: try without it\. Name a 64-bit Python/)
  expect((await refusal({ python })).help).toMatch(/^Name a 64-bit Python/)
})
