/** Options that several commands share. */

import type { Resources } from '../core/kind/resources.ts'
import { defaultEngine, engineNames } from '../engine/names.ts'
import { type DeviceName, deviceNamed, deviceNames, devicesLike } from '../model/estimates/devices.ts'
import { choice, flag, list, listOf, type Option, text, textOf, type Values, wholeNumber } from './option.ts'
import { executorNames } from './program/executor/executor-names.ts'
import { paramsOf } from './program/params.ts'
import { Refusal } from './terminal/refusal.ts'

/** `-p name=value`: the values of params by name. */
const param: Option<Readonly<Record<string, string>>> = {
  ...list('name=value', 'set a param of the program; may be repeated', 'p'),
  read: (given) => paramsOf(listOf(given)),
}

export const storeOption = text('dir', 'the store; .llmpipe beside the program if not given')

/** The options of every command that opens a program: they decide what the program is, and where its artefacts are. */
export const programOptions = {
  param,
  engine: choice('name', engineNames, 'train with this engine instead of the one that the program names'),
  store: storeOption,
}

/** The engine of commands that let trained weights write. */
export const computingEngine = choice(
  'name',
  engineNames,
  `compute with this engine, ${defaultEngine} if not given; weights of a program that this engine trained come first`,
)

/** `--device h100`: a GPU to estimate for. */
export const deviceOption: Option<DeviceName | undefined> = {
  ...text('name', 'estimate memory and time of each training on this GPU too: h100, rtx-4090, …'),
  suggested: deviceNames,
  read(given, flag) {
    const written = textOf(given)
    if (written === undefined) return undefined
    const name = deviceNamed(written)
    if (name !== undefined) return name
    const like = devicesLike(written)
    const all = `The GPUs are ${deviceNames.join(', ')}.`
    const help = like.length > 0 ? `Did you mean ${like.join(' or ')}? ${all}` : all
    throw new Refusal(`${flag} ${written} is not a GPU that llmpipe knows`, help)
  },
}

export const pythonOption: Option<string | undefined> = {
  ...text('path', 'the Python whose PyTorch computes; LLMPIPE_PYTHON or the first that has PyTorch if not given'),
  read(given, flag) {
    const path = textOf(given)
    if (path === '') throw new Refusal(`${flag} needs the path of a Python`, 'For example: --python ~/venv/bin/python.')
    return path
  },
}

export type ProgramOptions = Values<typeof programOptions>
export type StoreOptions = Pick<ProgramOptions, 'store'>

export const json = flag('print JSON')

export const gpus = wholeNumber(
  'GPUs',
  0,
  'how many GPUs may be used; those of CUDA_VISIBLE_DEVICES, or all that the driver knows, if not given',
)

export const cpus = wholeNumber('cores', 1, 'how many cores may be used; all that this process may use if not given')

/** The limits of the machine, for the options of a run. */
export function machineOf({ cpus, gpus }: { readonly cpus?: number | undefined; readonly gpus?: number | undefined }): {
  readonly machine?: Partial<Resources>
} {
  const machine = { ...(cpus === undefined ? {} : { cpus }), ...(gpus === undefined ? {} : { gpus }) }
  return Object.keys(machine).length === 0 ? {} : { machine }
}

export const executorOption = choice(
  'name',
  executorNames,
  'where stages run: on this machine (local), or as jobs of a cluster (slurm); what llmpipe.site.json says, or local, if not given',
)

export const overwrite = flag('let exports replace files that this program did not export, or that were edited since')

export const keepGoing = flag('after a failure, run every stage that does not depend on it', 'k')

export const plain = flag('print lines instead of the dashboard')

export const events: Option<boolean> = { ...json, description: 'print each event as a line of JSON' }
