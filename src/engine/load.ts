/** Engines by name, each loaded when it is first asked for. */

import { StageError } from '../core/failure.ts'
import type { Engine } from './engine.ts'

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  onnx: async () => (await import('./onnx/engine.ts')).onnxEngine(),
  tfjs: async () => (await import('./tfjs/engine.ts')).tfjsEngine(),
}

const loaded = new Map<string, Promise<Engine>>()

/** The engine called `name`; a StageError where there is none, or where it is not installed. */
export async function loadEngine(name: string): Promise<Engine> {
  const load = engines[name]
  if (load === undefined)
    throw new StageError(
      'no-engine',
      `there is no engine called ${name}`,
      `The engines are ${Object.keys(engines).join(' and ')}.`,
    )
  const there = loaded.get(name)
  if (there !== undefined) return there
  const engine = load()
  loaded.set(name, engine)
  return engine
}
