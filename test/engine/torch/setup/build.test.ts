/** Which build of PyTorch is chosen for a machine. */

import { describe, expect, it } from 'vitest'
import { buildFor } from '../../../../src/engine/torch/setup/build.ts'
import type { GpuMachine } from '../../../../src/engine/torch/setup/machine.ts'
import { spaceProblem } from '../../../../src/engine/torch/setup/setup.ts'

const linux: GpuMachine = { platform: 'linux', arch: 'x64', nvidia: [], hasRocm: false }
const gpu = (driver: string, capability: number) => ({ name: 'GPU', memory: 8e9, driver, capability })
const pytorch = (name: string) => `https://download.pytorch.org/whl/${name}`

it.each([
  ['a new driver', [gpu('580.65.06', 9)], undefined],
  ['a driver for CUDA 12.8', [gpu('570.86.15', 9)], pytorch('cu128')],
  ['a driver for CUDA 12.4', [gpu('550.54.15', 8)], pytorch('cu126')],
  ['a driver for CUDA 11', [gpu('470.223.02', 8)], pytorch('cu118')],
  ['a new driver and a GPU before Turing', [gpu('580.65.06', 9), gpu('580.65.06', 7)], pytorch('cu126')],
] as const)('takes the build for CUDA with %s', (_, nvidia, index) => {
  const build = buildFor({ ...linux, nvidia }, undefined)
  expect([build.kind, build.index]).toEqual(['cuda', index])
})

it('takes the build for the processor if there is no GPU, or on demand', () => {
  expect(buildFor(linux, undefined)).toMatchObject({ kind: 'cpu', index: pytorch('cpu') })
  expect(buildFor({ ...linux, nvidia: [gpu('580.1', 9)] }, 'cpu')).toMatchObject({ kind: 'cpu', index: pytorch('cpu') })
  expect(buildFor({ ...linux, platform: 'win32' }, undefined).index).toBeUndefined()
})

it('takes the build for CUDA on demand on a machine without a GPU', () => {
  expect(buildFor(linux, 'cuda')).toMatchObject({ kind: 'cuda', notes: [] })
  expect(buildFor({ ...linux, arch: 'arm64' }, 'cuda').index).toBe(pytorch('cu130'))
})

it('leaves the build to the index of the user', () => {
  const { index, notes } = buildFor(linux, undefined, 'PIP_INDEX_URL')
  expect(index).toBeUndefined()
  expect(notes).toEqual(['PIP_INDEX_URL is set, so PyTorch comes from there, whichever build that is'])
})

it('explains why a GPU is not used', () => {
  const { notes } = buildFor({ ...linux, nvidiaFault: 'NVIDIA-SMI has failed' }, undefined)
  expect(notes).toEqual(['nvidia-smi lists no GPU: NVIDIA-SMI has failed'])
  expect(buildFor({ ...linux, hasRocm: true }, undefined).notes[0]).toContain('does not install PyTorch for ROCm')
})

describe('refuses', () => {
  it.each([
    ['a Mac with an Intel processor', { ...linux, platform: 'darwin' }, undefined, /no builds for Macs with Intel/],
    ['CUDA on a Mac', { ...linux, platform: 'darwin', arch: 'arm64' }, 'cuda', /no CUDA on a Mac/],
    ['a driver that is too old', { ...linux, nvidia: [gpu('390.157', 6)] }, undefined, /390\.157 is too old/],
  ] as const)('%s', (_, machine, wanted, message) => {
    expect(() => buildFor(machine, wanted)).toThrow(message)
  })
})

it('refuses a disk without room, with both sizes', () => {
  const build = buildFor(linux, undefined)
  expect(spaceProblem('/data', 2e9, build)).toBeUndefined()
  expect(spaceProblem('/data', 0.3e9, build)).toMatchObject({
    code: 'disk-full',
    message: 'the build for the processor takes about 1.5 GB, and the disk of /data has 0.3 GB left',
  })
})
