/** The GPUs of this machine, as far as the build of PyTorch depends on them. */

import { existsSync } from 'node:fs'
import { onPath } from '../python/candidates.ts'
import { runToEnd } from '../python/run-to-end.ts'

export interface NvidiaGpu {
  readonly name: string
  /** Bytes. */
  readonly memory: number
  /** The version of the driver: `570.86.15`. */
  readonly driver: string
  /** The compute capability: 9.0 for Hopper. */
  readonly capability: number
}

export interface GpuMachine {
  readonly platform: NodeJS.Platform
  /** As Node calls it: `x64`, `arm64`. */
  readonly arch: string
  /** The GPUs that nvidia-smi lists; empty if there is no nvidia-smi. */
  readonly nvidia: readonly NvidiaGpu[]
  /** The reason why nvidia-smi, which is there, lists none. */
  readonly nvidiaFault?: string
  /** Whether there seems to be an AMD GPU with ROCm. */
  readonly hasRocm: boolean
}

/** The time for nvidia-smi, in milliseconds: without a persistent driver it takes seconds. */
const timeout = 30_000

/** Looks at the GPUs of this machine. */
export async function gpuMachine(env: NodeJS.ProcessEnv): Promise<GpuMachine> {
  const { platform, arch } = process
  const machine = {
    platform,
    arch,
    hasRocm: existsSync('/dev/kfd') || onPath('rocm-smi', { env, platform }) !== undefined,
  }
  const smi = onPath('nvidia-smi', { env, platform })
  if (smi === undefined) return { ...machine, nvidia: [] }
  const query = ['--query-gpu=name,memory.total,driver_version,compute_cap', '--format=csv,noheader,nounits']
  const ended = await runToEnd(smi, query, { env, timeout })
  if ('cannotStart' in ended) return { ...machine, nvidia: [], nvidiaFault: ended.cannotStart }
  const nvidia = gpusIn(ended.stdout)
  if (nvidia.length > 0) return { ...machine, nvidia }
  const lines = `${ended.stdout}\n${ended.stderr}`.split('\n').filter((line) => line.trim() !== '')
  return { ...machine, nvidia, nvidiaFault: lines[0]?.trim() ?? 'it printed nothing' }
}

/** The GPUs in lines such as `NVIDIA H100 80GB HBM3, 81559, 570.86.15, 9.0`. */
function gpusIn(text: string): NvidiaGpu[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', mebibytes = '', driver = '', capability = ''] = line.split(',').map((cell) => cell.trim())
    if (!/^\d+\.\d+/.test(driver)) return []
    return [{ name, memory: Number(mebibytes) * 1024 ** 2, driver, capability: Number(capability) }]
  })
}
