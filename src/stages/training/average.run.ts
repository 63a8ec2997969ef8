/** Runs `average`. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { bind } from '../../model/bind.ts'
import type { Graph } from '../../model/graph.ts'
import { computeTheSame } from '../../model/training/fit.ts'
import { loadTemplate, saveTemplate } from '../../text/chat/saved.ts'
import { templateIdentity } from '../../text/chat/template.ts'
import { loadTokenizer } from '../../text/load.ts'
import { averaged } from '../../train/weights/average.ts'
import { adapterFiles } from '../../train/weights/lora.ts'
import { parametersIn } from '../../train/weights/parameters.ts'
import { loadWeights, saveWeights } from '../../train/weights/weights.ts'
import { countOf, parametersOf } from '../shared/amounts.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { checkSameTokens } from './checks/same-tokens.ts'

export const run: RunOf<typeof import('./average.ts').average> = async (stage) => {
  const { settings, inputs, outputs } = stage
  const names = inputs.of.map((_, i) => settings.$of?.[i] ?? `${i + 1}`)
  const [first, ...others] = inputs.of
  const folder = first!.path
  const tokenizer = loadTokenizer(folder)
  const template = loadTemplate(folder)
  for (const { path } of others) {
    const other = loadTokenizer(path)
    if (other.size !== tokenizer.size) throw differentTokenizers(tokenizer.size, other.size)
    checkSameTokens(tokenizer, other)
    const theirs = loadTemplate(path)
    if ((theirs && templateIdentity(theirs)) !== (template && templateIdentity(template)))
      throw new StageError(
        'template-mismatch',
        'the weights have different chat templates',
        'Average weights that were fine-tuned with the same template.',
      )
  }
  const adapters = names.filter((_, i) => existsSync(join(inputs.of[i]!.path, adapterFiles.tensors)))
  if (adapters.length > 0)
    stage.emit({ event: 'log', level: 'info', message: `the adapter beside ${adapters.join(' and ')} is added first` })

  const { model } = loadWeights(folder)
  const graphs: Graph[] = []
  const shares = settings.weights ?? names.map(() => 1 / names.length)
  const parts = inputs.of.map(({ path }, i) => ({
    name: names[i]!,
    share: shares[i]!,
    load() {
      const read = loadWeights(path)
      graphs[i] = bind(read.model.graph, { vocab: tokenizer.size })
      return read.tensors
    },
  }))
  const tensors = averaged(parts)
  // After the sums, which report other shapes.
  for (const [i, graph] of graphs.entries())
    if (!computeTheSame(graph, graphs[0]!)) throw anotherModel(names[i]!, names[0]!)
  const parameters = parametersIn(tensors)
  const metrics = { parameters, models: names.length }
  saveWeights(outputs.out, { model, tensors, vocab: tokenizer.size, tokenizer: folder, metrics })
  if (template) saveTemplate(outputs.out, template)
  const terms = names.map((name, i) => `${Number(shares[i]!.toPrecision(3))} · ${name}`)
  return { metrics, summary: `${countOf(names.length, 'model')} of ${parametersOf(parameters)}: ${terms.join(' + ')}` }
}

function anotherModel(name: string, first: string): StageError {
  return new StageError(
    'weights-misfit',
    `${name} is of another model than ${first}: it computes something else from weights of the same shapes`,
    'Average trainings of one model.',
  )
}

function differentTokenizers(one: number, other: number): StageError {
  return new StageError(
    'tokenizer-mismatch',
    `the weights have different tokenizers: one has ${one} ids, another ${other}`,
    'Average trainings of one model.',
  )
}
