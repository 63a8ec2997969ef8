/** The settings `lora` and `freeze` of the kinds that start from weights: which weights the training learns. */

import type { Misfit } from '../../../core/kind/kind.ts'
import type { SettingSchema } from '../../../core/kind/setting.ts'
import type { Graph } from '../../../model/graph.ts'
import { chosenBy, freezeHelp, namesInWords, patternsOfNothing } from '../../../model/training/freeze.ts'
import { targetNames, targetsOfNothing } from '../../../model/training/lora.ts'

export const loraSetting = {
  optional: true,
  description: 'Learns a low-rank adapter of some matrices and leaves all weights as they are.',
  calls: {
    lora: {
      description: 'Low-rank adaptation (Hu et al. 2021).',
      positional: ['rank'],
      properties: {
        rank: { type: 'integer', minimum: 1, default: 8, unit: 'count', description: 'The rank of the adapter.' },
        alpha: {
          type: 'number',
          exclusiveMinimum: 0,
          default: 16,
          description: 'The adapter is scaled by alpha / rank.',
        },
        targets: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'string',
            minLength: 1,
            description: 'A name, or its end: `q`, `attention.q`, `q_proj`.',
          },
          default: ['q', 'v'],
          description:
            'The matrices that get an adapter, by the ends of their names here or in Hugging Face (`q_proj`, `c_attn`). `all_linear` means all but the one that writes tokens.',
        },
        merge: {
          type: 'boolean',
          default: true,
          description: 'Whether the adapter is added to the weights; otherwise it is a file beside them.',
        },
      },
    },
  },
} as const satisfies SettingSchema

export const freezeSetting = {
  type: 'array',
  minItems: 1,
  optional: true,
  items: {
    type: 'string',
    minLength: 1,
    description:
      'A part of a name, or several in sequence: `table`, `layers.0`, `layers.0-3`, `attention.q`; `*` stands for any characters of a part.',
  },
  description:
    'The weights that stay as they are, to the bit, by parts of their names as `llmpipe show` lists them, or as Hugging Face calls them (`embed_tokens`, `self_attn.q_proj`). They take no memory of the optimizer.',
} as const satisfies SettingSchema

export interface Adaptation {
  readonly lora?: { readonly targets: readonly string[] }
  readonly freeze?: readonly string[]
}

/** The metrics of a training that does not learn all weights. */
export function adaptationMetrics({ lora, freeze }: Adaptation): string[] {
  return lora === undefined && freeze === undefined ? [] : ['learned_parameters']
}

/** A call of a kind with both settings. */
export interface AdaptedCall {
  readonly settings: Adaptation
  readonly inputs: { readonly weights: { readonly model: string } }
  graphOf?(model: string): object | undefined
}

/** A misfit if `lora` or `freeze` name no weight of a model that the program declares, or if both are given. */
export function misfitOfAdaptation({ settings, inputs, graphOf }: AdaptedCall): Misfit | undefined {
  const { lora, freeze } = settings
  if (lora !== undefined && freeze !== undefined)
    return {
      code: 'invalid-setting',
      at: 'freeze',
      other: 'lora',
      message: '`freeze` has no effect beside `lora`: an adapter leaves all weights as they are',
      help: 'Leave `freeze` out, and name the matrices that get an adapter: `lora(targets: …)`.',
    }
  const graph = graphOf?.(inputs.weights.model) as Graph | undefined
  return noSuchTargets(graph, lora?.targets) ?? misfitOfFreeze(graph, freeze)
}

function noSuchTargets(graph: Graph | undefined, targets: readonly string[] = []): Misfit | undefined {
  if (graph === undefined || targets.length === 0) return undefined
  const unknown = targetsOfNothing(graph, targets)
  if (unknown.length === 0) return undefined
  return {
    code: 'invalid-setting',
    at: 'lora',
    message: `No matrix of the model is called ${unknown.join(' or ')}`,
    help: `It has ${targetNames(graph).join(', ')}. The names of Hugging Face and \`all_linear\` are accepted too.`,
  }
}

/** A misfit if a pattern of `freeze` names no weight of the model, or if they name all. None if only the files of the weights have the graph. */
export function misfitOfFreeze(
  graph: Pick<Graph, 'weights'> | undefined,
  freeze: readonly string[] = [],
): Misfit | undefined {
  if (graph === undefined) return undefined
  const names = graph.weights.map(({ name }) => name)
  const unknown = patternsOfNothing(names, freeze)
  if (unknown.length > 0)
    return {
      code: 'invalid-setting',
      at: 'freeze',
      message: `No weight of the model is called ${unknown.join(' or ')}`,
      help: freezeHelp(names, unknown),
    }
  if (chosenBy(names, freeze).length < names.length) return undefined
  return {
    code: 'invalid-setting',
    at: 'freeze',
    message: 'All weights of the model are frozen: none is left to learn',
    help: `Freeze fewer of them. The model has ${namesInWords(names)}.`,
  }
}
