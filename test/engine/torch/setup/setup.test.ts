/** Making an environment, with a python3, a uv and an nvidia-smi that are shell scripts. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findPython } from '../../../../src/engine/torch/python/find.ts'
import { beginEnvironment, environmentIn } from '../../../../src/engine/torch/setup/environment.ts'
import {
  existingEnvironment,
  install as makeEnvironment,
  planSetup,
  type SetupOptions,
} from '../../../../src/engine/torch/setup/setup.ts'
import { stepInWords } from '../../../../src/engine/torch/setup/steps.ts'
import { identity } from '../../../../src/process/identity.ts'
import { fakePython, scratch, script } from '../python/fakes.ts'

interface Rig {
  readonly options: SetupOptions
  readonly bin: string
  /** Commands and lines, in order. */
  readonly printed: string[]
  /** Installs, and stops when this line is printed. */
  install(stopAt?: string): Promise<unknown>
}

/** A machine whose PATH has the folder `bin` and what shell scripts need. `pip` is what the environment's pip does. */
function rig(pip: readonly string[] = ['echo Installed torch'], torch = '2.15.0+cpu'): Rig {
  const folder = scratch()
  const bin = join(folder, 'bin')
  // The Python that an environment gets: it answers like one with torch, and runs pip.
  const made = fakePython(join(folder, 'made'), { torch })
  const body = readFileSync(made, 'utf8').replaceAll(made, '$0').replaceAll("<<'END'", '<<END')
  writeFileSync(made, body.replace('#!/bin/sh\n', `#!/bin/sh\n[ "$2" = pip ] && { ${pip.join('; ')}; exit; }\n`))
  const venv = `mkdir -p "$3/bin" && cp '${made}' "$3/bin/python"`
  fakePython(join(bin, 'python3'), { before: `[ "$2" = venv ] && { ${venv}; exit; }` })
  const env = { PATH: `${bin}:/usr/bin:/bin` }
  const options = { root: join(folder, 'data', 'torch'), env, wanted: undefined, python: join(bin, 'python3') }
  const printed: string[] = []
  return {
    options,
    bin,
    printed,
    async install(stopAt) {
      const stop = new AbortController()
      const onLine = (line: string) => {
        printed.push(line)
        if (line === stopAt) stop.abort()
      }
      const onStep = (step: Parameters<typeof stepInWords>[0]) => printed.push(`$ ${stepInWords(step)}`)
      return makeEnvironment(options, await planSetup(options), { signal: stop.signal, onStep, onLine })
    },
  }
}

it('makes an environment with venv and pip that findPython then finds', async () => {
  const { options, bin, printed, install } = rig()
  expect(await existingEnvironment(options)).toBeUndefined()
  await install()
  const { folder, python } = environmentIn(options.root)!
  expect(printed).toEqual([
    `$ ${bin}/python3 -m venv ${folder}`,
    `$ ${python} -m pip install --index-url https://download.pytorch.org/whl/cpu 'torch>=2.6' numpy`,
    'Installed torch',
  ])
  expect(await existingEnvironment(options)).toMatchObject({ environment: { build: 'cpu' } })
  const found = await findPython({ env: { PATH: '' }, cache: undefined, environments: options.root })
  expect(found).toMatchObject({ path: python, source: 'setup', torch: '2.15.0+cpu' })
  expect(readdirSync(options.root).sort()).toEqual([folder.split('/').at(-1), 'environment.json'])
})

it('uses uv if it is there, and the build for the GPU', async () => {
  const { options, bin } = rig()
  script(join(bin, 'uv'), ['exit 0'])
  script(join(bin, 'nvidia-smi'), ['echo "NVIDIA H100 80GB HBM3, 81559, 570.86.15, 9.0"'])
  const { steps } = await planSetup(options)
  expect(steps('/data/env').map(stepInWords)).toEqual([
    `${bin}/uv venv --python ${bin}/python3 /data/env`,
    `${bin}/uv pip install --python /data/env/bin/python --index-url https://download.pytorch.org/whl/cu128 'torch>=2.6' numpy`,
  ])
})

it('takes PyTorch from the index of the user', async () => {
  const { options } = rig()
  const { steps } = await planSetup({ ...options, env: { ...options.env, PIP_INDEX_URL: 'https://mirror' } })
  expect(steps('/e').map(stepInWords)[1]).toBe("/e/bin/python -m pip install 'torch>=2.6' numpy")
})

it('leaves nothing after a failure, and keeps the environment that was there', async () => {
  const { options, install } = rig()
  await install()
  const before = readdirSync(options.root)
  const { folder } = environmentIn(options.root)!
  const failing = rig(['echo "[Errno 28] No space left on device"', 'false'])
  const again = { ...options, python: failing.options.python }
  const plan = await planSetup(again)
  const calls = { signal: new AbortController().signal, onStep: () => {}, onLine: () => {} }
  await expect(makeEnvironment(again, plan, calls)).rejects.toMatchObject({ code: 'disk-full' })
  expect(readdirSync(options.root)).toEqual(before)
  expect(environmentIn(options.root)!.folder).toBe(folder)
})

it('does not name an environment whose torch is too old', async () => {
  const { options, install } = rig(['echo Installed torch'], '2.4.0')
  await expect(install()).rejects.toThrow('PyTorch was installed, but cannot be used: the torch of')
  expect(readdirSync(options.root)).toEqual([])
})

it('removes everything when it is stopped', async () => {
  const { options, install } = rig(['echo Downloading', 'sleep 60'])
  await expect(install('Downloading')).rejects.toThrow('aborted')
  expect(readdirSync(options.root)).toEqual([])
})

it('removes what a killed setup left, and nothing of one that runs', async () => {
  const { options, install } = rig()
  mkdirSync(join(options.root, 'env-dead', 'bin'), { recursive: true })
  writeFileSync(join(options.root, 'env-dead.making'), JSON.stringify({ ...identity(process.pid), start: 'earlier' }))
  const running = beginEnvironment(options.root)
  mkdirSync(running.folder)
  await install()
  expect(existsSync(join(options.root, 'env-dead'))).toBe(false)
  expect(existsSync(running.folder)).toBe(true)
})

it.each(['', '{', '{"folder":"../../evil","build":"cpu"}', '{"folder":"env-1","build":"abacus"}'])(
  'finds no environment by a corrupt file: %s',
  (content) => {
    const root = scratch()
    writeFileSync(join(root, 'environment.json'), content)
    expect(environmentIn(root)).toBeUndefined()
  },
)

it('refuses when there is no suitable Python, with each one it looked at', async () => {
  const folder = scratch()
  fakePython(join(folder, 'python3'), { python: '3.8.10' })
  const options = { root: folder, env: { PATH: folder }, wanted: undefined, python: undefined }
  await expect(planSetup(options)).rejects.toMatchObject({
    message: `no Python on PATH is suitable: ${folder}/python3 is Python 3.8.10; 3.10 or newer is needed`,
    help: 'Install Python 3.10 or newer, or uv, which brings one.',
  })
})

it('lets uv bring a Python if there is none', async () => {
  const folder = scratch()
  script(join(folder, 'uv'), ['exit 0'])
  const { steps } = await planSetup({ root: folder, env: { PATH: folder }, wanted: undefined, python: undefined })
  expect(stepInWords(steps('/e')[0]!)).toBe(`${folder}/uv venv --python 3.12 /e`)
})

it.each(['/proc/none/torch', '/dev/null/torch'])('refuses a folder that cannot be made: %s', async (root) => {
  const { options } = rig()
  const calls = { signal: new AbortController().signal, onStep: () => {}, onLine: () => {} }
  const plan = await planSetup(options)
  await expect(makeEnvironment({ ...options, root }, plan, calls)).rejects.toMatchObject({
    code: 'no-engine',
    help: 'Name another: XDG_DATA_HOME=FOLDER.',
  })
})
