/** An artefact as lines: its kind and path, how it was made, and a view of its contents. */

import type { Artefact } from '../../core/artefact.ts'
import { surveyOf } from '../../data/survey.ts'
import { vouchedInWords } from '../../run/vouch/words.ts'
import { duration, scalar, shortDigest } from '../../view/format.ts'
import { ledgerLines } from '../../view/ledger.ts'
import { type Line, seg } from '../../view/line.ts'
import { clusterUseInWords } from '../../view/queue-words.ts'
import { detailLines, otherMetrics } from '../../view/report-detail.ts'
import { ruleHistograms } from '../../view/rule-histograms.ts'
import type { Found } from '../artefact.ts'
import { dateTime } from '../terminal/dates.ts'
import { conversationLines } from './conversations.ts'
import { curveLines } from './curve.ts'
import { documentLines } from './documents.ts'
import { failureBlocks } from './failure.ts'
import { surveyLines } from './survey.ts'
import { tokenizerLines, tokensLines } from './tokenizer.ts'
import { weightsLines } from './weights.ts'

/** How much is shown. */
export interface Shown {
  /** Columns of the lines. */
  readonly width: number
  /** At most this many samples of each thing that a ledger counts. */
  readonly samples: number
}

export async function artefactLines(found: Found, shown: Shown): Promise<Line[]> {
  const { width, samples } = shown
  const { name, artefacts, action, store, failed } = found
  const blocks: Line[][] = []
  if (failed !== undefined) blocks.push(...failureBlocks(name, failed, shown))
  for (const { kind, digest, path } of artefacts) {
    const words = digest === undefined ? kind : `${kind} ${shortDigest(digest)}`
    blocks.push([[seg(name, 'bold'), seg(`  ${words}`)], [seg(path, 'dim')]])
  }
  if (action !== undefined) {
    const when = dateTime(action.time)
    const { summary, engine, ledger, detail } = action.report
    const made: Line[] = [[seg(`made ${when} UTC in ${duration(action.seconds)}: ${action.reason}`, 'dim')]]
    if (action.vouched !== undefined) made.push([seg(vouchedInWords(action.vouched), 'warn')])
    if (action.use !== undefined) made.push([seg(`ran as ${clusterUseInWords(action.use)}`, 'dim')])
    if (engine) made.push([seg(`computed by ${engine}`, 'dim')])
    if (summary) made.push([seg(summary)])
    const scalars = otherMetrics(action.report).map(([metric, value]) => `${metric} ${scalar(value)}`)
    if (scalars.length > 0) made.push([seg(scalars.join('   '))])
    blocks.push(made)
    blocks.push(detailLines(detail, { width }))
    if (ledger) {
      blocks.push(ledgerLines(ledger, { width, samples }))
      blocks.push(ruleHistograms(ledger, { width, most: samples }))
    }
    if (store) blocks.push(curveLines(store.actionFolder(action.key), width))
  }
  for (const artefact of artefacts) {
    if (artefact.kind === 'Docs') {
      const isWhole = samples === Number.POSITIVE_INFINITY
      blocks.push(surveyLines(await surveyOf(artefact.path, isWhole), { width, isWhole }))
    }
    blocks.push(await inside(artefact, width))
  }
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : [[], ...block]))
}

async function inside({ kind, path }: Pick<Artefact, 'kind' | 'path'>, width: number): Promise<Line[]> {
  switch (kind) {
    case 'Tokenizer':
      return tokenizerLines(path, width)
    case 'Tokens':
      return tokensLines(path, width)
    case 'Weights':
    case 'Reward':
      return weightsLines(path, width)
    case 'Report':
    case 'Model':
    case 'Files':
    case 'Classifier':
      return []
    case 'Docs':
      return documentLines(path, width)
    default:
      return conversationLines(path, width)
  }
}
