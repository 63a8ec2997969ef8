/** Which build of PyTorch suits a machine, and where it is: docs/decisions/pytorch-setup.md. */

import { StageError } from '../../../core/failure.ts'
import type { BuildKind } from './environment.ts'
import type { GpuMachine } from './machine.ts'

/** PyTorch publishes its builds in indexes of these names (pytorch.org, "Start locally"). */
type IndexName = 'cpu' | 'cu118' | 'cu126' | 'cu128' | 'cu130'

export interface Build {
  readonly kind: BuildKind
  /** The index of PyTorch that has it. The default index of the installer has it if `undefined`. */
  readonly index?: string
  /** In words: `the build for CUDA 12.8`. */
  readonly words: string
  /** Bytes that the environment takes on the disk, about. */
  readonly size: number
  /** Further remarks, each a sentence without its period. */
  readonly notes: readonly string[]
}

const indexAddress = 'https://download.pytorch.org/whl'

/** Measured for PyTorch 2.15 on Linux: 1.2 GB of PyTorch, for CUDA also 3.1 GB of NVIDIA's libraries and 1 GB of Triton. */
const sizes: Readonly<Record<BuildKind, number>> = { cpu: 1.5e9, mac: 1e9, cuda: 6e9 }

/** Variables that name an index of the user's own, for pip and for uv. PyTorch is then taken from there. */
export const indexVariables: Readonly<Record<'pip' | 'uv', readonly string[]>> = {
  pip: ['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_NO_INDEX'],
  uv: ['UV_INDEX', 'UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_EXTRA_INDEX_URL', 'UV_TORCH_BACKEND', 'UV_NO_INDEX'],
}

/**
 * The build for this machine, or of the kind that is wanted. Throws a StageError `no-engine` if PyTorch has none for the machine. `hasIndex`
 * says that the user has an index of their own, which then decides what its PyTorch was built for.
 */
export function buildFor(machine: GpuMachine, wanted: 'cpu' | 'cuda' | undefined, ownIndex?: string): Build {
  const { platform, arch } = machine
  if (platform === 'darwin') return macBuild(arch, wanted)
  const notes = wanted === undefined ? notesOn(machine) : []
  const choice = wanted === 'cpu' ? 'no GPU' : cudaIndex(machine, wanted === 'cuda')
  if (choice === 'no GPU') {
    // On Linux the default index has the build for CUDA, and on Windows the one for the processor.
    const index = platform === 'win32' ? undefined : 'cpu'
    return build('cpu', index, 'the build for the processor', notes, ownIndex)
  }
  const words =
    choice === undefined ? 'the build for CUDA' : `the build for CUDA ${choice.slice(2, 4)}.${choice.slice(4)}`
  return build('cuda', choice, words, notes, ownIndex)
}

function build(
  kind: BuildKind,
  index: IndexName | undefined,
  words: string,
  notes: readonly string[],
  ownIndex: string | undefined,
): Build {
  const size = sizes[kind]
  if (index === undefined) return { kind, words, size, notes }
  if (ownIndex === undefined) return { kind, index: `${indexAddress}/${index}`, words, size, notes }
  const note = `${ownIndex} is set, so PyTorch comes from there, whichever build that is`
  return { kind, words: 'the build of your index', size, notes: [...notes, note] }
}

function macBuild(arch: string, wanted: 'cpu' | 'cuda' | undefined): Build {
  if (arch !== 'arm64')
    throw new StageError(
      'no-engine',
      'PyTorch has no builds for Macs with Intel processors since version 2.3',
      'Use `engine: onnx`, which needs no Python.',
    )
  if (wanted === 'cuda') throw new StageError('no-engine', 'there is no CUDA on a Mac', 'Leave out --cuda.')
  return { kind: 'mac', words: 'the build for Macs', size: sizes.mac, notes: [] }
}

/**
 * The index for the NVIDIA GPUs of a machine; `undefined` for the default index. Drivers work with every CUDA of their major version
 * (CUDA Compatibility, "minor version compatibility"): 580 and newer with CUDA 13, 525 and newer with CUDA 12, 450 and newer with CUDA 11.
 */
function cudaIndex({ platform, arch, nvidia }: GpuMachine, isWanted: boolean): IndexName | 'no GPU' | undefined {
  const isDefault = platform === 'linux' && arch === 'x64'
  if (nvidia.length === 0) {
    if (!isWanted) return 'no GPU'
    // Perhaps an image is built on a machine without a GPU.
    return isDefault ? undefined : 'cu130'
  }
  const driver = Math.min(...nvidia.map((gpu) => Number.parseInt(gpu.driver, 10)))
  const capability = Math.min(...nvidia.map((gpu) => gpu.capability || 99))
  if (driver < 450)
    throw new StageError(
      'no-engine',
      `the NVIDIA driver ${nvidia[0]!.driver} is too old for PyTorch`,
      'Install driver 580 or newer, or take the build for the processor with --cpu.',
    )
  if (driver < 525) return 'cu118'
  // Builds for CUDA 12.8 and newer leave out GPUs before Turing.
  if (capability < 7.5 || driver < 570) return 'cu126'
  if (driver < 580) return 'cu128'
  return isDefault ? undefined : 'cu130'
}

function notesOn({ nvidia, nvidiaFault, hasRocm }: GpuMachine): string[] {
  if (nvidia.length > 0) return []
  if (nvidiaFault !== undefined) return [`nvidia-smi lists no GPU: ${nvidiaFault}`]
  if (!hasRocm) return []
  return [
    'there seems to be an AMD GPU; llmpipe does not install PyTorch for ROCm, but uses one that you install and name with --python',
  ]
}
