/** `show --torch`: the model of a stage as a Python module for PyTorch. */

import { basename } from 'node:path'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { torchModule } from '../../engine/torch/emit/torch-module.ts'
import { bind } from '../../model/bind.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { withOutputs } from '../../model/training/heads.ts'
import { adapted, type LoraSettings, withLora } from '../../model/training/lora.ts'
import { vocabularyOf } from '../../plan/estimate.ts'
import type { ProgramOptions } from '../common-options.ts'
import { nodeOrRefusal } from '../program/current-actions.ts'
import { folderModels } from '../program/folder-models.ts'
import { commandLine, openProgram } from '../program/open-program.ts'
import { Refusal } from '../terminal/refusal.ts'

export interface TorchSource {
  readonly source: string
  /** The reason why a size in the source may change, if there is one. */
  readonly note?: string
}

/** The source of the model that `stage` trains or uses, with the sizes of its settings. Throws a Refusal if the stage has no model. */
export async function torchSource(file: string, stage: string, options: ProgramOptions): Promise<TorchSource> {
  const opened = await openProgram(file, options)
  const { plan } = opened
  const node = nodeOrRefusal(plan, stage)
  const model = await modelOf(node, plan)
  if (model === undefined) {
    const others: string[] = []
    for (const each of plan.nodes) if ((await modelOf(each, plan)) !== undefined) others.push(each.name)
    throw new Refusal(
      `${node.name} has no model that is known before the run: it is a stage of the kind ${node.kind}`,
      others.length === 0
        ? 'The program has no stage with a model.'
        : `For example: ${commandLine('show', opened, others[0]!)} --torch`,
    )
  }
  const { batch, context, lora, precision } = node.params
  const vocab = vocabularyOf(model, trainerOf(model, plan) ?? node, plan)
  const sizes = {
    batch: typeof batch === 'number' ? batch : 1,
    time: typeof context === 'number' ? context : model.context,
    vocab: vocab.size,
  }
  const graph = bind(withOutputs(model.graph, ['logits']), sizes)
  const settings = lora as unknown as LoraSettings | undefined
  const adapts = settings !== undefined && adapted(graph, settings.targets).length > 0
  const { source } = torchModule(adapts ? withLora(graph, settings) : graph, {
    name: `${node.name} of ${basename(file)}, ${model.$name}`,
    ...(precision === 'bfloat16' ? { precision } : {}),
  })
  if (!vocab.assumed) return { source }
  return {
    source,
    note: `the size of the vocabulary is known when its tokenizer is trained; this module has ${vocab.size} tokens`,
  }
}

/** The model of a stage: declared in the program, or of the weights that it takes or makes; `undefined` if it has none. */
async function modelOf(node: PlanNode, plan: Plan): Promise<ModelSpec | undefined> {
  const declared = (node.params.model as { readonly model?: unknown } | undefined)?.model
  const types = [
    ...Object.values(node.inputs)
      .flat()
      .map(
        (ref) => plan.nodes.find(({ id }) => id === ref.node)?.outputs.find(({ name }) => name === ref.output)?.type,
      ),
    ...node.outputs.map(({ type }) => type),
  ]
  const trained = types.find((type) => type?.kind === 'Weights')
  const id = typeof declared === 'string' ? declared : trained?.kind === 'Weights' ? trained.model : undefined
  if (id === undefined) return undefined
  // In a plan, which is plain JSON, the models have lost their type.
  const known = plan.models[id] as unknown as ModelSpec | undefined
  if (known !== undefined) return known
  const inFolder = (await folderModels(plan)).find((each) => each.id === id)?.model
  return inFolder instanceof Error ? undefined : inFolder
}

/** The stage that trains a model from its beginning: its tokens tell the size of the vocabulary. */
function trainerOf(model: ModelSpec, plan: Plan): PlanNode | undefined {
  return plan.nodes.find(({ params }) => {
    const id = (params.model as { readonly model?: unknown } | undefined)?.model
    return typeof id === 'string' && (plan.models[id] as unknown) === model
  })
}
