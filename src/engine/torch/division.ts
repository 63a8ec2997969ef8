/**
 * How a training session divides batches by their rows: among processes that each have a GPU, and into what the memory of a GPU holds.
 * Batches that cannot be divided, because their loss compares rows, are taken by the processes in turn.
 */

import { StageError } from '../../core/failure.ts'
import { type OtherNodes, otherNodesIn } from '../../core/other-nodes.ts'
import {
  dividedMemory,
  objectiveBytes,
  rowsThatFit,
  stateMemory,
  usableShare,
} from '../../model/estimates/device-memory.ts'
import type { Graph } from '../../model/graph.ts'
import { numeric, sizeOf } from '../../model/shape.ts'
import { dropouts } from '../../model/training/dropout.ts'
import type { Tensors } from '../engine.ts'
import type { TrainOptions } from '../training-session.ts'

/** The twin of `Division` in src/engine/torch/worker/parts.py. */
export interface Division {
  readonly parts: number
  /** Rows of a whole batch. */
  readonly rows: number
  /** The inputs and outputs that have a row for each row of the batch. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Whether the processes take whole batches in turn. */
  readonly inTurn: boolean
}

export interface DividedObjective {
  /** The objective over one part. */
  readonly graph: Graph
  readonly division: Division
  /** Processes that share the parts of a batch, or the batches of a step. */
  readonly processes: number
  /** Whether layers are computed again for their gradients. */
  readonly recompute: boolean
  /** The processes of one node. */
  readonly each: number
  /** The other nodes, if some of the processes run there. */
  readonly elsewhere?: OtherNodes
  /** How the processes share the weights: see TrainOptions. */
  readonly shard: 'moments' | 'weights'
}

/** The device of the worker. */
export interface TorchDevice {
  /** Whether it is a GPU. */
  readonly isGpu: boolean
  /** Its memory in bytes; `undefined` if the session need not fit it. */
  readonly memory?: number | undefined
}

/** Divides the objective of a session. Throws a StageError `no-engine` if GPUs are reserved and the worker computes on the CPU. */
export function divideObjective(objective: Graph, options: TrainOptions, device: TorchDevice): DividedObjective {
  const { batches = 1, gpus = 0, microBatch } = options
  if (gpus > 0 && !device.isGpu)
    throw new StageError(
      'no-engine',
      `GPUs are reserved for the stage, and PyTorch computes on the CPU`,
      '`llmpipe doctor` says which PyTorch was found and which GPUs it sees. Install a build for the GPU, or remove `gpus`.',
    )
  const rows = rowsOf(objective)
  const divide = options.divide && masksHaveRows(objective, options.divide) ? options.divide : undefined
  const others = otherNodesIn(process.env)
  const each = processesFor(gpus)
  const processes = Math.min(each * (1 + (others?.count ?? 0)), divide === undefined ? batches : rows)
  const places = { processes, each, ...(others !== undefined && processes > each ? { elsewhere: others } : {}) }
  if (processes > 1) checkNoneNamed(device)
  const usable = device.memory === undefined ? Number.POSITIVE_INFINITY : usableShare * device.memory
  const isTooLarge = stateBytes(options, processes, 'moments') > usable
  // One process has nobody to share with.
  const shard = processes === 1 ? 'moments' : (options.shard ?? (isTooLarge ? 'weights' : 'moments'))
  const state = stateBytes(options, processes, shard)
  const fits = (graph: Graph) => state + objectiveBytes(graph, options.precision ?? 'float32') <= usable
  if (divide === undefined) return whole(objective, places, shard, options.recompute ?? !fits(objective))
  const share = Math.ceil(rows / processes)
  const at = Math.min(share, microBatch ?? rowsThatFit(share, (rows) => fits(divide(rows))))
  const recompute = options.recompute ?? !fits(divide(at))
  const parts = processes * Math.ceil(share / at)
  if (parts === 1) return whole(objective, { processes: 1, each: 1 }, shard, recompute)
  const graph = divide(Math.ceil(rows / parts))
  const division = {
    parts,
    rows,
    inputs: Object.keys(graph.inputs).filter((name) => differ(objective, objective.inputs, graph, graph.inputs, name)),
    outputs: Object.keys(graph.outputs).filter((name) =>
      differ(objective, objective.outputs, graph, graph.outputs, name),
    ),
    inTurn: false,
  }
  return { graph, division, ...places, recompute, shard }
}

function whole(
  graph: Graph,
  places: Pick<DividedObjective, 'processes' | 'each' | 'elsewhere'>,
  shard: DividedObjective['shard'],
  recompute: boolean,
): DividedObjective {
  const division = { parts: 1, rows: rowsOf(graph), inputs: [], outputs: [], inTurn: places.processes > 1 }
  return { graph, division, ...places, recompute, shard }
}

/**
 * The number of processes of a node: one for each GPU that is reserved. LLMPIPE_TORCH_PROCESSES asks for that many without GPUs. Throws a StageError
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

/** The bytes of weights, gradients, moments and weights beside them in one of the processes. */
function stateBytes(
  { slots, frozen, beside = {}, precision = 'float32' }: TrainOptions,
  processes: number,
  shard: DividedObjective['shard'],
): number {
  const learned = slots.reduce((sum, { size }) => sum + size, 0)
  const parameters = learned + countOf(frozen)
  // They have no copy in 16 bits.
  const fed = 4 * countOf(beside)
  const { weights, gradients, optimizer } = stateMemory(parameters, learned, precision)
  if (shard === 'moments') return weights + gradients + fed + optimizer / processes
  const all = [...slots, ...Object.entries(frozen).map(([name, { shape }]) => ({ name, size: sizeOf(shape) }))]
  return dividedMemory(all, learned, processes, precision) + fed / processes
}

function countOf(weights: Tensors): number {
  return Object.values(weights).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
}

function rowsOf(graph: Graph): number {
  return numeric(graph.nodes[graph.inputs.tokens!]!.shape[0]!)
}

/**
 * Whether each mask of dropout has a row for each row of the batch, or is the same for all. A mask over rows and tokens in one axis cannot be
 * divided: its numbers may be in another order.
 */
function masksHaveRows(objective: Graph, divide: (rows: number) => Graph): boolean {
  const masks = dropouts(objective)
  const ofRow = new Map(masks.length === 0 ? [] : dropouts(divide(1)).map(({ name, shape }) => [name, shape]))
  return masks.every(({ name, shape: [first, ...rest] }) => {
    const [firstOfRow, ...restOfRow] = ofRow.get(name) ?? []
    return (
      rest.join() === restOfRow.join() && (first === firstOfRow || (first === rowsOf(objective) && firstOfRow === 1))
    )
  })
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
