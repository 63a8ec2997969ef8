/** How a training session divides batches by their rows: among processes that each have a GPU, and into what the memory of a GPU holds. */

import { StageError } from '../../core/failure.ts'
import { peakBytes } from '../../model/cost.ts'
import { differentiate } from '../../model/differentiate.ts'
import type { Graph } from '../../model/graph.ts'
import { numeric, sizeOf } from '../../model/shape.ts'
import type { TrainOptions } from '../training-session.ts'

/** The twin of `Division` in src/engine/torch/worker/parts.py. */
export interface Division {
  readonly parts: number
  /** Rows of a whole batch. */
  readonly rows: number
  /** The inputs and outputs that have a row for each row of the batch. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

export interface DividedObjective {
  /** The objective over one part. */
  readonly graph: Graph
  readonly division: Division
  /** Processes that share the parts of a batch. */
  readonly processes: number
}

/** The device of the worker. */
export interface TorchDevice {
  /** Whether it is a GPU. */
  readonly isGpu: boolean
  /** Its memory in bytes; `undefined` if the session need not fit it. */
  readonly memory?: number | undefined
}

/** The share of a GPU's memory that a training is fitted to. */
const usableShare = 0.8

/** Divides the objective of a session. Throws a StageError `no-engine` if GPUs are reserved and the worker computes on the CPU. */
export function divideObjective(objective: Graph, options: TrainOptions, device: TorchDevice): DividedObjective {
  const { divide, gpus = 0, microBatch } = options
  if (gpus > 0 && !device.isGpu)
    throw new StageError(
      'no-engine',
      `GPUs are reserved for the stage, and PyTorch computes on the CPU`,
      '`llmpipe doctor` says which PyTorch was found and which GPUs it sees. Install a build for the GPU, or remove `gpus`.',
    )
  if (divide === undefined) return whole(objective)
  const rows = rowsOf(objective)
  const wanted = processesFor(gpus)
  const processes = Math.min(wanted, rows)
  if (processes > 1) checkNoneNamed(device)
  const share = Math.ceil(rows / processes)
  const at = Math.min(share, microBatch ?? rowsThatFit(divide, share, options, device))
  const parts = processes * Math.ceil(share / at)
  if (parts === 1) return whole(objective)
  const graph = divide(Math.ceil(rows / parts))
  const division = {
    parts,
    rows,
    inputs: Object.keys(graph.inputs).filter((name) => differ(objective, objective.inputs, graph, graph.inputs, name)),
    outputs: Object.keys(graph.outputs).filter((name) =>
      differ(objective, objective.outputs, graph, graph.outputs, name),
    ),
  }
  return { graph, division, processes }
}

function whole(objective: Graph): DividedObjective {
  return { graph: objective, division: { parts: 1, rows: rowsOf(objective), inputs: [], outputs: [] }, processes: 1 }
}

/**
 * The number of processes: one for each GPU that is reserved. LLMPIPE_TORCH_PROCESSES asks for that many without GPUs. Throws a StageError
 * `no-engine` if that is not a number of processes.
 */
export function processesFor(gpus: number): number {
  const { LLMPIPE_TORCH_PROCESSES: asked = '' } = process.env
  if (asked === '') return Math.max(1, gpus)
  if (/^[1-9]\d{0,3}$/.test(asked)) return Number(asked)
  throw new StageError(
    'no-engine',
    `LLMPIPE_TORCH_PROCESSES is ${JSON.stringify(asked)}, which is not a number of processes`,
    'Set it to a whole number from 1, or leave it out: `gpus` in the stage decides then.',
  )
}

/** Throws a StageError `no-engine` if LLMPIPE_TORCH_DEVICE names one GPU: each of several processes computes on its own. */
function checkNoneNamed({ isGpu }: TorchDevice): void {
  const { LLMPIPE_TORCH_DEVICE: named = '' } = process.env
  if (isGpu && /:\d+$/.test(named))
    throw new StageError(
      'no-engine',
      `LLMPIPE_TORCH_DEVICE names the one GPU ${named}, and the training is divided among several`,
      'Leave LLMPIPE_TORCH_DEVICE out, and choose the GPUs with CUDA_VISIBLE_DEVICES, or remove `gpus`.',
    )
}

/** The most rows, `share` or a half of it or a half of that, with which a part fits the memory of the device. */
function rowsThatFit(
  divide: (rows: number) => Graph,
  share: number,
  { slots, frozen }: TrainOptions,
  { memory }: TorchDevice,
): number {
  if (memory === undefined) return share
  // Weights, gradients and two moments, and the frozen weights.
  const learned = slots.reduce((sum, { size }) => sum + size, 0)
  const fixed = 4 * Object.values(frozen).reduce((sum, { shape }) => sum + sizeOf(shape), 4 * learned)
  let rows = share
  while (rows > 1 && fixed + peakBytes(differentiate(divide(rows))) > usableShare * memory) rows = Math.ceil(rows / 2)
  return rows
}

function rowsOf(graph: Graph): number {
  return numeric(graph.nodes[graph.inputs.tokens!]!.shape[0]!)
}

/** Whether a tensor of the whole batch has more rows than that of a part. */
function differ(
  all: Graph,
  places: Readonly<Record<string, number>>,
  part: Graph,
  partPlaces: Readonly<Record<string, number>>,
  name: string,
): boolean {
  return all.nodes[places[name]!]!.shape[0] !== part.nodes[partPlaces[name]!]!.shape[0]
}
