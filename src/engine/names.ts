/** The engines: the one list that the loader, the settings of stages and the command line read. */

export const engineNames = ['onnx', 'tfjs', 'torch'] as const

export type EngineName = (typeof engineNames)[number]

/** The formats of numbers that a training can compute in. Weights, gradients and moments are float32 in all of them. */
export const precisions = ['float32', 'bfloat16'] as const

export type Precision = (typeof precisions)[number]

/** The precisions of each engine. Programs are checked with this table, because no engine is loaded then. */
export const enginePrecisions: { readonly [N in EngineName]: readonly Precision[] } = {
  onnx: ['float32'],
  tfjs: ['float32'],
  torch: precisions,
}

/** The engine of a stage or command that names none. */
export const defaultEngine: EngineName = 'onnx'
