/** The kind `best`: selects the model with the best metric. */

import type { ArtefactTypeOf } from '../../core/artefact.ts'
import { goalOf, goals } from '../../core/kind/goal.ts'
import type { Misfit } from '../../core/kind/kind.ts'
import { inWords } from '../../text/chat/template.ts'
import { defineKind } from '../shared/define-kind.ts'

export const best = defineKind({
  name: 'best',
  version: 1,
  summary: 'Selects the best of several models.',
  documentation: `\`stage tuned = best(base, by: valid_loss)\` is the variant of \`base\` with the least loss on held-out text. It can be used
like other weights. \`best([small, large], by: bits_per_byte)\` takes any list. The first of equal models wins.

Metrics are read from the artefacts, from their \`metrics.json\`. Of those that weights and reward models have, \`valid_loss\`,
\`train_loss\`, \`perplexity\`, \`bits_per_byte\`, \`calibration_error\`, \`brier\` and \`kl\` are better if smaller, \`accuracy\`,
\`train_accuracy\`, \`margin\` and \`reward\` if greater. Write any other metric as a text, with its \`goal\`: \`by: "parameters", goal: min\`.

\`best\` waits for all models, and selects among those that did not fail, so one diverged learning rate does not stop the program.
The models can have different architectures, but must have the same tokenizer and chat template, which later stages rely on. The output has the
bytes of the winner, and takes no further disk space.`,
  inputs: {
    of: {
      kinds: ['Weights', 'Reward'],
      list: true,
      named: true,
      spares: true,
      description: 'The models to select from; those that failed are left out.',
    },
  },
  settings: {
    by: {
      type: 'string',
      enum: Object.keys(goals),
      orString: true,
      description: 'The metric to compare.',
    },
    goal: {
      type: 'string',
      enum: ['min', 'max'],
      optional: true,
      description: 'Whether the least or the greatest value is best, for a metric that llmpipe does not know.',
    },
  },
  positional: ['of'],
  outputs(call) {
    const { by, goal } = call.settings
    if (goal === undefined && goalOf(by) === undefined)
      return {
        code: 'invalid-setting',
        at: 'by',
        message: `llmpipe does not know whether more or less of ${by} is better`,
        help: 'Say which: `goal: min` or `goal: max`.',
      }
    const lacking = call.metricsOf?.('of').find((known) => known !== undefined && !known.includes(by))
    if (lacking !== undefined)
      return {
        code: 'invalid-setting',
        at: 'by',
        message: `One of the models has no metric ${by}`,
        help: `It has ${lacking.join(', ')}.`,
      }
    const type = commonType(call.inputs.of, call.self)
    return 'code' in type ? type : [{ name: 'out', type }]
  },
  metrics(call) {
    const all = call.metricsOf?.('of') ?? []
    return all.includes(undefined) ? undefined : [...new Set(all.flatMap((each) => each ?? []))]
  },
  resources: () => ({ cpus: 1, memory: 128 * 1024 ** 2 }),
  load: () => import('./best.run.ts'),
})

type Model = ArtefactTypeOf<'Weights' | 'Reward'>

/** The type of the winner, as far as it does not depend on which model wins. */
function commonType(of: readonly Model[], self: string): Model | Misfit {
  const [first, ...others] = of
  if (first === undefined) throw new Error('`defineKind` refuses an empty list')
  let common = first
  for (const other of others) {
    if (other.kind !== common.kind)
      return {
        code: 'invalid-setting',
        at: 'of',
        message: 'Weights and reward models are not compared with each other',
        help: 'Choose among the ones or the others.',
      }
    const { tokenizer, template } = common
    if (other.tokenizer !== tokenizer)
      return {
        code: 'tokenizer-mismatch',
        at: 'of',
        message: `One of the models is of the tokenizer \`${tokenizer}\`, one of \`${other.tokenizer}\``,
        help: 'What takes the best has to know its tokenizer: choose among models of one, and compare the winners with `evaluate`.',
      }
    if (other.template !== template)
      return {
        code: 'template-mismatch',
        at: 'of',
        message: `One of the models has ${templateInWords(template)}, one ${templateInWords(other.template)}`,
        help: 'What takes the best has to know how to talk with it: choose among models of one template.',
      }
    if (other.kind === 'Weights' && common.kind === 'Weights' && other.model !== common.model)
      common = { ...common, model: self }
  }
  return common
}

function templateInWords(template: string | undefined): string {
  return template === undefined ? 'no chat template' : inWords(template)
}
