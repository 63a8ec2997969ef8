/** The processor of this machine as a device of PyTorch. */

import { cpus, totalmem } from 'node:os'
import type { TorchDevice } from './torch-python.ts'

export function processor(): TorchDevice {
  return { kind: 'cpu', name: cpus()[0]?.model.trim() ?? 'CPU', memory: totalmem() }
}
