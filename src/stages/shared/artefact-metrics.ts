/**
 * The metrics of an artefact, read from its files. The same bytes have the same metrics in every run, so the key of an expectation needs
 * only the digest of the artefact.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artefact } from '../../core/artefact.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import { documentTexts } from '../tokens/document-texts.ts'

export type Metrics = Readonly<Record<string, number>>

/** The metrics of an artefact by name; `{}` if it has none. */
export async function metricsOf(stage: StageContext, artefact: Artefact): Promise<Metrics> {
  const { kind, path } = artefact
  switch (kind) {
    case 'Docs': {
      let documents = 0
      let bytes = 0
      for await (const text of documentTexts(stage, artefact, 'counting')) {
        documents++
        bytes += Buffer.byteLength(text)
      }
      return { documents, bytes }
    }
    case 'Tokens': {
      const { tokens = 0, documents = 0, bytes = 0 } = numbersIn(join(path, 'meta.json'))
      return { tokens, documents, bytes, bytes_per_token: tokens === 0 ? 0 : bytes / tokens }
    }
    case 'Tokenizer': {
      const { loadTokenizer } = await import('../../text/load.ts')
      return { vocab: loadTokenizer(path).size }
    }
    case 'Pairs':
    case 'Prompts': {
      const { readExamples, stems } = await import('../../data/conversations/examples.ts')
      let count = 0
      for await (const { examples } of readExamples(path, kind)) count += examples.length
      return { [stems[kind]]: count }
    }
    case 'Answers':
      // The number of tokens is known only to the stage that wrote the answers.
      return { ...numbersIn(join(path, 'metrics.json')), ...(await metricsOfAnswers(path)) }
    case 'Rankings':
      return metricsOfRankings(path)
    default:
      return numbersIn(join(path, 'metrics.json'))
  }
}

/** How many prompts and responses there are, and the share of responses that came to their end. */
async function metricsOfAnswers(path: string): Promise<Metrics> {
  const { readExamples } = await import('../../data/conversations/examples.ts')
  let [answers, responses, ended] = [0, 0, 0]
  for await (const { examples } of readExamples(path, 'Answers'))
    for (const each of examples) {
      answers++
      responses += each.responses.length
      ended += each.responses.filter((response) => response.ended).length
    }
  return { answers, responses, ended: responses === 0 ? 0 : ended / responses }
}

/** How many rankings and ranked responses there are, and in how many rankings two responses have the same rank. */
async function metricsOfRankings(path: string): Promise<Metrics> {
  const { readExamples } = await import('../../data/conversations/examples.ts')
  let [rankings, responses, withTies] = [0, 0, 0]
  for await (const { examples } of readExamples(path, 'Rankings'))
    for (const each of examples) {
      rankings++
      responses += each.responses.length
      if (new Set(each.ranks).size < each.ranks.length) withTies++
    }
  return { rankings, responses, with_ties: withTies }
}

function numbersIn(file: string): Metrics {
  if (!existsSync(file)) return {}
  const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
}
