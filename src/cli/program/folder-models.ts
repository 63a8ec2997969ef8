/** The models of the folders that a program loads weights from, as far as the files in them tell before the run. */

import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { bind } from '../../model/bind.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { matching } from '../../store/inputs/glob.ts'

export interface FolderModel {
  /** The `weights` stage. */
  readonly node: PlanNode
  /** The `model` in the type of its outputs, and in the type of all weights that are trained from them. */
  readonly id: string
  /** The model, or the reason why it cannot be loaded. */
  readonly model: ModelSpec | StageError
}

/** The models of all `weights` stages of a plan whose files exist. */
export async function folderModels(plan: Plan): Promise<FolderModel[]> {
  const found: FolderModel[] = []
  for (const node of plan.nodes) {
    const type = node.outputs[0]?.type
    const files = node.kind === 'weights' ? node.files.path : undefined
    if (files === undefined || type?.kind !== 'Weights') continue
    const folder = resolve(dirname(plan.program), files.base)
    const paths = (await matching(files.patterns, folder)).map((path) => resolve(folder, path))
    const model = await modelOf(paths)
    if (model !== undefined) found.push({ node, id: type.model, model })
  }
  return found
}

/** The model that files describe; `undefined` if no file does: the run will report what is missing. */
async function modelOf(paths: readonly string[]): Promise<ModelSpec | StageError | undefined> {
  const config = paths.find((path) => basename(path) === 'config.json')
  const own = paths.find((path) => basename(path) === 'model.json')
  try {
    if (own !== undefined) return JSON.parse(readFileSync(own, 'utf8')) as ModelSpec
    const gguf = paths.find((path) => path.toLowerCase().endsWith('.gguf'))
    if (config === undefined && gguf === undefined) return undefined
    const { describeModel, standardModel } = await import('../../train/hugging-face/read.ts')
    const { describeGguf } = await import('../../train/gguf/read.ts')
    const { services } = await import('../services.ts')
    const model = await standardModel(
      config === undefined ? describeGguf(gguf!) : describeModel(config),
      services().architecture,
    )
    // Binding fails if the sizes in the config contradict each other.
    bind(model.graph, {})
    return model
  } catch (error) {
    if (error instanceof StageError) return error
    return new StageError(
      'damaged-weights',
      `${basename(own ?? config ?? paths[0] ?? '')}: ${(error as Error).message}`,
      'Download the whole folder again.',
    )
  }
}

/** The model that a training starts from, if it comes from one of the folders; else `undefined`. */
export function trainedFrom(node: PlanNode, plan: Plan, models: readonly FolderModel[]): ModelSpec | undefined {
  if (node.params.optimizer === undefined) return undefined
  if (node.params.model !== undefined) return undefined
  for (const ref of [...(node.inputs.weights ?? []), ...(node.inputs.from ?? [])]) {
    const output = plan.nodes.find(({ id }) => id === ref.node)?.outputs.find(({ name }) => name === ref.output)
    const type = output?.type
    const found = type?.kind === 'Weights' ? models.find(({ id }) => id === type.model)?.model : undefined
    if (found !== undefined && !(found instanceof StageError)) return found
  }
  return undefined
}
