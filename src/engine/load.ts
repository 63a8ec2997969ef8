/** Loads engines by name, each when it is first asked for. */

import { StageError } from '../core/failure.ts'
import type { Engine } from './engine.ts'
import { type EngineName, engineNames } from './names.ts'
import type { OnnxFiles } from './onnx-files.ts'

const loaders: { readonly [N in EngineName]: () => Promise<Engine> } = {
  onnx: async () => (await import('./onnx/engine.ts')).onnxEngine(),
  tfjs: async () => (await import('./tfjs/engine.ts')).tfjsEngine(),
  torch: async () => (await import('./torch/engine.ts')).torchEngine(),
}

const loaded = new Map<EngineName, Promise<Engine>>()

/** The engine called `name`. Throws a StageError `no-engine` if there is none, or if its runtime is not installed. */
export async function loadEngine(name: string): Promise<Engine> {
  if (!isEngineName(name))
    throw new StageError(
      'no-engine',
      `there is no engine called ${name}`,
      `The engines are ${engineNames.slice(0, -1).join(', ')} and ${engineNames.at(-1)}.`,
    )
  const known = loaded.get(name)
  if (known !== undefined) return known
  const engine = loaders[name]()
  loaded.set(name, engine)
  return engine
}

/** The writer of ONNX files. Throws a StageError `no-engine` if ONNX Runtime, which reads them back, is not installed. */
export async function loadOnnxFiles(): Promise<OnnxFiles> {
  return (await import('./onnx/file/files.ts')).onnxFiles()
}

function isEngineName(name: string): name is EngineName {
  return (engineNames as readonly string[]).includes(name)
}
