/** Runs `train_bpe`: counts the pieces of the documents, learns merges, writes the tokenizer. */

import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import { bpeTokenizer } from '../../text/bpe/bpe.ts'
import { PieceCounter } from '../../text/bpe/piece-counter.ts'
import { trainBpe } from '../../text/bpe/train-bpe.ts'
import { saveTokenizer } from '../../text/load.ts'
import { numbered, specialTokens } from '../../text/special.ts'
import { patternOf } from '../../text/split/splitter.ts'
import { stepsOf } from '../../text/split/steps.ts'
import { makeVocabulary } from '../../text/vocabulary.ts'
import { documentTexts } from './document-texts.ts'

export async function run(stage: StageRun): Promise<StageReport> {
  const { vocab, min_frequency } = stage.params as { readonly vocab: number; readonly min_frequency: number }
  const special = specialTokens(stage.params.end_of_text as string, stage.params.special as string[])
  const pattern = patternOf(stage.params.pattern as string)

  const counter = new PieceCounter(pattern)
  for await (const text of documentTexts(stage, stage.inputs.docs![0]!, 'counting pieces')) counter.add(text)
  if (counter.forgotten > 0) {
    warn(
      stage,
      `there were too many different pieces: those that occur ${counter.forgotten} times or less were not counted`,
    )
  }

  const wanted = vocab - special.tokens.length
  const { tokens, merges } = trainBpe(counter, {
    tokens: wanted,
    minFrequency: min_frequency,
    reserved: new Set(special.tokens),
    progress: (done) => stage.emit({ event: 'progress', done, total: wanted, unit: 'tokens', phase: 'merging' }),
  })
  const unused = wanted - tokens.length
  if (unused > 0) {
    warn(
      stage,
      `the corpus gives ${tokens.length + special.tokens.length} tokens, not ${vocab}: no other pair occurs ${min_frequency} times. ` +
        `The last ${unused} ids stand for nothing; lower vocab or min_frequency, or give it more text.`,
    )
  }

  const vocabulary = makeVocabulary(tokens, numbered(special, tokens.length), {
    endOfText: special.endOfText,
    size: vocab,
  })
  saveTokenizer(
    stage.outputs.out!,
    bpeTokenizer({ type: 'bpe', split: stepsOf(pattern), merges, ignoreMerges: false }, vocabulary),
  )
  return {
    metrics: { vocab, tokens: vocab - unused, merges: merges.left.length, pieces: counter.pieces.count },
    summary: `${vocab.toLocaleString('en-US')} ids from ${counter.pieces.count.toLocaleString('en-US')} different pieces`,
  }
}

function warn(stage: StageRun, message: string): void {
  stage.emit({ event: 'log', level: 'warning', message })
}
