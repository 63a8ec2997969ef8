/** Runs `train_bpe`: counts the pieces of the documents, learns merges, writes the tokenizer. */

import type { StageContext } from '../../core/kind/stage.ts'
import { bpeTokenizer } from '../../text/bpe/bpe.ts'
import { PieceCounter } from '../../text/bpe/piece-counter.ts'
import { trainBpe } from '../../text/bpe/train-bpe.ts'
import { saveTokenizer } from '../../text/load.ts'
import { numbered, specialTokens } from '../../text/special.ts'
import { patternOf } from '../../text/split/splitter.ts'
import { stepsOf } from '../../text/split/steps.ts'
import { makeVocabulary } from '../../text/vocabulary.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { documentTexts } from './document-texts.ts'

export const run: RunOf<typeof import('./train_bpe.ts').trainBpe> = async (stage) => {
  const { vocab, min_frequency } = stage.settings as { readonly vocab: number; readonly min_frequency: number }
  const special = specialTokens(stage.settings.end_of_text as string, stage.settings.special as string[])
  const pattern = patternOf(stage.settings.pattern as string)

  const counter = new PieceCounter(pattern)
  for await (const text of documentTexts(stage, stage.inputs.docs, 'counting pieces')) counter.add(text)
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
    stage.outputs.out,
    bpeTokenizer({ type: 'bpe', split: stepsOf(pattern), merges, ignoreMerges: false }, vocabulary),
  )
  return {
    metrics: { vocab, tokens: vocab - unused, merges: merges.left.length, pieces: counter.pieces.count },
    summary: `${vocab.toLocaleString('en-US')} ids from ${counter.pieces.count.toLocaleString('en-US')} different pieces`,
  }
}

function warn(stage: StageContext, message: string): void {
  stage.emit({ event: 'log', level: 'warning', message })
}
