/** The kind `evaluate`: measures models side by side. */

import type { Misfit } from '../../core/kind/kind.ts'
import type { InputSpec } from '../../core/kind/setting.ts'
import type { Settings } from '../../core/kind/setting-values.ts'
import { givenTemplate, optionalTemplate, templateProblem } from '../chat/template-setting.ts'
import { contaminationSetting } from '../shared/contamination-setting.ts'
import { defineKind, type KindCall } from '../shared/define-kind.ts'
import { trainingResources, trainingSettings } from '../training/settings/training-settings.ts'

const inputs = {
  models: { kinds: ['Weights'], list: true, named: true, description: 'The models.' },
  on: {
    kinds: ['Tokens', 'Docs', 'Pairs'],
    optional: true,
    description: 'The tokens, documents or pairs to measure on.',
  },
} as const satisfies Readonly<Record<string, InputSpec>>

const settings = {
  measure: {
    type: 'string',
    enum: ['loss', 'multiple_choice', 'exact_match'],
    default: 'loss',
    description: 'How the models are measured on `on`.',
  },
  win_rate: {
    optional: true,
    description: 'Compares the answers of the models with those of an opponent.',
    calls: {
      against: {
        description: 'The opponent, the judge and the prompts.',
        positional: ['opponent'],
        properties: {
          opponent: {
            input: { kinds: ['Weights'], description: 'The model that the others are compared with.' },
            description: 'The model that the others are compared with.',
          },
          judge: {
            input: { kinds: ['Reward'], optional: true, description: 'The reward model that scores answers.' },
            description: 'The reward model that scores answers.',
          },
          score: {
            expression: 'number',
            optional: true,
            description: 'Instead of `judge`: a number for an answer, over the metrics of documents: `-words`.',
          },
          on: {
            input: { kinds: ['Prompts'], description: 'The prompts to answer.' },
            description: 'The prompts to answer.',
          },
          responses: {
            type: 'integer',
            minimum: 1,
            default: 1,
            unit: 'count',
            description: 'The number of answers to each prompt.',
          },
          temperature: { type: 'number', minimum: 0, default: 1, description: 'The temperature of sampling.' },
          max_tokens: {
            type: 'integer',
            minimum: 1,
            default: 64,
            unit: 'count',
            description: 'The most tokens of an answer.',
          },
        },
      },
    },
  },
  template: optionalTemplate,
  tokens: {
    type: 'integer',
    minimum: 2,
    default: 250_000,
    unit: 'count',
    description: 'The most tokens that the loss is measured on.',
  },
  confidence: {
    type: 'number',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.95,
    unit: 'fraction',
    description: 'The confidence level of the intervals.',
  },
  batch: {
    type: 'integer',
    minimum: 1,
    default: 16,
    unit: 'count',
    description: 'The number of rows computed at once.',
  },
  seed: { type: 'integer', default: 1, description: 'The seed of the answers and the intervals.' },
  engine: trainingSettings.engine,
  contamination: contaminationSetting,
} as const satisfies Settings

export const evaluate = defineKind({
  name: 'evaluate',
  version: 2,
  summary: 'Measures models side by side.',
  documentation: `\`evaluate([base, chat, aligned], on: held_out) { win_rate: against(chat, judge: reward, on: prompts) }\`. The metrics depend on \`on\`:

| \`on\` | metrics |
| --- | --- |
| tokens, or documents | \`loss\` in nats a token, \`perplexity\`, \`bits_per_byte\` |
| pairs | the same over the tokens and bytes of the answers |
| documents with \`measure: multiple_choice\` | \`accuracy\` and \`accuracy_per_byte\`: the most likely of the \`choices\` to a \`question\` is the \`answer\` |
| documents with \`measure: exact_match\` | \`exact_match\`: the model's answer to a \`question\` is the \`answer\`, or one of them |

With \`win_rate\`, every model answers the same prompts, a reward model (or \`score:\`, an expression) scores the answers, and each is compared with the opponent's:
\`reward\`, \`win_rate\` (ties count half), \`gain\` (how much higher its rewards are), and \`kl\`, how far its answers diverge from the opponent, in nats
per answer. Each of these has its bootstrap interval over prompts: \`win_rate_low\`, \`win_rate_high\`.

An expectation names the model: \`expect score.win_rate[aligned] > 60%\`. A model without a chat template uses
that of the first model that has one.`,
  inputs,
  settings,
  positional: ['models'],
  outputs: (call) => misfit(call) ?? [{ name: 'out', type: { kind: 'Report' } }],
  metrics: (call) => {
    const on = call.inputs.on?.kind
    const withInterval = (name: string) => [name, `${name}_low`, `${name}_high`]
    const loss = ['loss', 'perplexity', 'bits_per_byte', ...(on === 'Pairs' ? ['left_out'] : [])]
    const measured: Readonly<Record<string, readonly string[]>> = {
      loss,
      multiple_choice: ['accuracy', 'accuracy_per_byte'].flatMap(withInterval),
      exact_match: withInterval('exact_match'),
    }
    const names = [
      ...(on === undefined ? [] : (measured[call.settings.measure] ?? [])),
      ...(call.settings.win_rate === undefined
        ? []
        : [...['reward', 'win_rate', 'gain', 'kl'].flatMap(withInterval), 'answer_tokens', 'ended']),
    ]
    return names.map((name) => `${name}[]`)
  },
  memoryHelp: 'Lower `batch`, the rows computed at once.',
  resources: trainingResources,
  load: () => import('./evaluate.run.ts'),
})

function misfit({ inputs: given, settings: chosen }: KindCall<typeof inputs, typeof settings>): Misfit | undefined {
  const { on, models } = given
  const { win_rate: against, measure } = chosen
  if (on === undefined && against === undefined)
    return {
      code: 'invalid-setting',
      at: 'models',
      message: 'Nothing is measured',
      help: 'Say on what: `on: held_out`, or `win_rate: against(chat, judge: reward, on: prompts)`.',
    }
  if (against !== undefined && (against.score === undefined) === (given['win_rate.judge'] === undefined))
    return {
      code: 'invalid-setting',
      at: 'win_rate',
      message: against.score === undefined ? 'Nothing judges the answers' : 'Two judges are given',
      help: 'Give one: `judge: reward`, a reward model, or `score: -words`, a number for an answer.',
    }
  const problem = templateProblem(givenTemplate(chosen))
  if (problem !== undefined) return problem
  if (measure !== 'loss' && on?.kind !== 'Docs')
    return {
      code: 'invalid-setting',
      at: 'measure',
      message: `${measure} is measured on documents that have a question and an answer`,
      help: 'Read them: `on: read("questions.jsonl")`.',
    }
  if (on?.kind !== 'Tokens') return undefined
  const other = models.find((model) => model.tokenizer !== on.tokenizer)
  if (other === undefined) return undefined
  return {
    code: 'tokenizer-mismatch',
    at: 'on',
    other: 'models',
    message: `The tokens are of \`${on.tokenizer}\`, one of the models is of \`${other.tokenizer}\``,
    help: 'Give the documents: each model encodes them with its own tokenizer.',
  }
}
