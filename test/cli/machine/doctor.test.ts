/** `llmpipe doctor` and `llmpipe setup torch` as people call them. */

import { afterAll, expect, test } from 'vitest'
import type { Examination } from '../../../src/cli/doctor/examine.ts'
import { doctorLines } from '../../../src/cli/doctor/lines.ts'
import { isFit } from '../../../src/cli/doctor/verdict.ts'
import { textOf } from '../../../src/view/line.ts'
import { fakePython } from '../../engine/torch/python/fakes.ts'
import { makeProject } from '../rig.ts'

const project = makeProject()
const python = fakePython(`${project.folder}/bin/python`, { torch: '2.9.1+cu130', cuda: '13.0' })
afterAll(() => project.remove())

const healthy: Examination = {
  llmpipe: { version: '0.1.0', folder: '/usr/lib/node_modules/llmpipe' },
  node: { version: '22.1.0', path: '/usr/bin/node' },
  machine: { platform: 'linux', arch: 'x64', processor: 'EPYC', cores: 16, memory: 64e9, limited: true },
  store: { folder: '.llmpipe', exists: true, writable: true, free: 1e12 },
  engines: {
    onnx: { description: 'ONNX Runtime 1.30.0, CPU' },
    tfjs: {
      failure: {
        code: 'no-engine',
        message: "TensorFlow.js could not be loaded: Cannot find package '@tensorflow/tfjs-core'",
        help: 'Install it.',
      },
    },
  },
  python: {
    path: '/home/u/venv/bin/python',
    python: '3.12.3',
    torch: '2.9.1+cu130',
    file: '',
    cuda: '13.0',
    source: 'environment',
    devices: [
      { kind: 'cuda', name: 'NVIDIA H100 80GB HBM3', memory: 85e9 },
      { kind: 'cpu', name: 'EPYC' },
    ],
  },
  unusable: [],
  gpus: { nvidia: [{ name: 'NVIDIA H100', memory: 85e9, driver: '580.65', capability: 9 }], hasRocm: false },
}

const shown = (found: Examination) =>
  doctorLines(found)
    .map((line) => textOf(line).trimEnd())
    .join('\n')

test('a healthy machine with a GPU', () => {
  expect(shown(healthy)).toBe(`This machine
  ✓ llmpipe    0.1.0, /usr/lib/node_modules/llmpipe
  ✓ Node       22.1.0
  ✓ processor  EPYC, 16 cores
  ✓ memory     64.0 GB, the limit of this container
  ✓ store      .llmpipe, 1.00 TB free on its disk

Engines without Python
  ✓ onnx       ONNX Runtime 1.30.0, CPU (the default)
  – tfjs       TensorFlow.js could not be loaded: Cannot find package '@tensorflow/tfjs-core'

PyTorch
  ✓ Python     3.12.3, /home/u/venv/bin/python (the active environment)
  ✓ PyTorch    2.9.1+cu130
  ✓ CUDA       13.0
  ✓ driver     NVIDIA 580.65, 1 GPU
  ✓ device     NVIDIA H100 80GB HBM3, 85.0 GB
  ✓ device     EPYC

What could be better
  tfjs: optional; a second engine, for machines that have TensorFlow
    npm install @tensorflow/tfjs-node`)
})

test('a build of PyTorch without CUDA beside a GPU is reported with the way out', () => {
  const { cuda, ...plain } = healthy.python!
  const found = {
    ...healthy,
    python: { ...plain, torch: '2.9.1+cpu', devices: [{ kind: 'cpu' as const, name: 'EPYC' }] },
  }
  expect(shown(found)).toContain(
    '  GPU: PyTorch does not see NVIDIA H100: it is a build without CUDA\n    llmpipe setup torch --cuda',
  )
})

test('a driver that is too old for PyTorch is reported in the words of PyTorch', () => {
  const trouble = 'CUDA initialization: The NVIDIA driver on your system is too old (found version 11040).'
  const found = { ...healthy, python: { ...healthy.python!, trouble, devices: [] } }
  expect(shown(found)).toContain(`✗ GPU        ${trouble}`)
})

test('a Python that was named and cannot be used makes the exit code 1', () => {
  const { code, stdout } = project.llmpipe(['doctor', '--python', 'none/python'])
  expect(code).toBe(1)
  expect(stdout).toContain(`✗ Python     ${project.folder}/none/python does not exist (--python)`)
  expect(stdout).toContain('Name a Python that exists; `llmpipe setup torch` makes an environment for it.')
})

test('an empty --python is refused, not taken for none', () => {
  for (const command of [
    ['doctor', '--python', ''],
    ['run', 'p.llmpipe', '--python='],
  ]) {
    const { code, stderr } = project.llmpipe(command)
    expect([code, stderr]).toEqual([
      2,
      'error: --python needs the path of a Python\n  help: For example: --python ~/venv/bin/python.\n',
    ])
  }
})

test('a store that cannot be written, and a required engine that does not load, make the machine unfit', () => {
  expect(isFit(healthy, undefined)).toBe(true)
  const readOnly = { ...healthy, store: { ...healthy.store, writable: false } }
  expect(shown(readOnly)).toContain('store: no stage can run')
  expect(isFit(readOnly, undefined)).toBe(false)
  expect(isFit(healthy, 'tfjs')).toBe(false)
})

test('the JSON has everything that was found', () => {
  const { code, stdout } = project.llmpipe(['doctor', '--json', '--python', python, '--require', 'torch'])
  expect(code).toBe(0)
  const found = JSON.parse(stdout) as Examination
  expect(found.python).toMatchObject({ path: python, torch: '2.9.1+cu130', source: 'option' })
  expect(found.engines.onnx).toEqual({ description: expect.stringContaining('ONNX Runtime') })
})

test('doctor works in a folder with several stores below it', () => {
  const here = makeProject({ 'a/.llmpipe/layout': '1', 'b/.llmpipe/layout': '1' })
  const { code, stdout } = here.llmpipe(['doctor', '--python', python])
  expect([code, stdout]).toEqual([0, expect.stringContaining('.llmpipe (not made yet)')])
  here.remove()
})

test('--cpu and --cuda together are refused', () => {
  const { code, stderr } = project.llmpipe(['setup', 'torch', '--cpu', '--cuda'])
  expect([code, stderr]).toEqual([
    2,
    'error: --cpu and --cuda exclude each other\n  help: Give one of them, or none.\n',
  ])
})

test('a dry run of setup shows the commands and makes nothing', () => {
  const { code, stdout } = project.llmpipe(['setup', 'torch', '--cpu', '--dry-run', '--python', python])
  expect(code).toBe(0)
  expect(stdout).toContain('pip install --')
  expect(stdout).toContain("'torch>=2.6' numpy")
})
