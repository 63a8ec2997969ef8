/** The engines: the one list that the loader, the settings of stages and the command line read. */

export const engineNames = ['onnx', 'tfjs', 'torch'] as const

export type EngineName = (typeof engineNames)[number]

/** The engine of a stage or command that names none. */
export const defaultEngine: EngineName = 'onnx'
