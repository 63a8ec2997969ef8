/** Runs `train_bpe`: counts the pieces of the documents, learns merges, writes the tokenizer. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StageContext } from '../../core/kind/stage.ts'
import { Pace } from '../../data/pace.ts'
import { linesOfPart } from '../../data/pass/parts/line-parts.ts'
import { madeParts, PartCounts } from '../../data/pass/parts/made-parts.ts'
import { partsOfLines } from '../../data/pass/parts/pass-parts.ts'
import { documentOf } from '../../data/shards/shards.ts'
import { bpeTokenizer } from '../../text/bpe/bpe.ts'
import { PieceCounter } from '../../text/bpe/piece-counter.ts'
import { trainBpe } from '../../text/bpe/train-bpe.ts'
import { saveTokenizer } from '../../text/load.ts'
import { numbered, specialTokens } from '../../text/special.ts'
import { patternOf } from '../../text/split/splitter.ts'
import { stepsOf } from '../../text/split/steps.ts'
import { makeVocabulary } from '../../text/vocabulary.ts'
import type { PartsOf, RunOf, StageOf } from '../shared/define-kind.ts'

type Stage = StageOf<typeof import('./train_bpe.ts').trainBpe>

/** The pieces of a part, in its folder: the ends of the pieces, how often each occurs (both uint32, little-endian), and the bytes of all. */
const file = 'pieces.bin'

interface PartRecord {
  /** The number of different pieces. */
  readonly pieces: number
  readonly forgotten: number
}

function patternOfStage({ settings }: Stage): string | undefined {
  return patternOf(settings.pattern as string)
}

/** Pieces are counted by parts. */
export const parts: PartsOf<typeof import('./train_bpe.ts').trainBpe> = async (stage) => {
  const lines = await partsOfLines(stage.inputs.docs.path)
  return {
    total: lines.total,
    tasks: lines.tasks,
    async open(task) {
      const part = await lines.read(task)
      return {
        content: { pieces: part.sha256 },
        async make(folder, at) {
          const counter = new PieceCounter(patternOfStage(stage))
          for (const block of linesOfPart(part)) {
            for (const line of block.lines) counter.add(documentOf(line, part.shard).text)
            await at(block.done)
          }
          const { ends, counts, bytes, forgotten } = counter.counted()
          const numbers = [ends, counts].map((array) => Buffer.from(array.buffer))
          writeFileSync(join(folder, file), Buffer.concat([...numbers, bytes]))
          return { pieces: ends.length, forgotten }
        },
      }
    },
  }
}

/** The pieces of all documents, in the order of first occurrence. */
async function countPieces(stage: Stage, counts: PartCounts): Promise<PieceCounter> {
  const counter = new PieceCounter(patternOfStage(stage))
  const work = await parts(stage)
  const pace = new Pace(stage, work.total, 'counting pieces')
  let done = 0
  for await (const { folder, value, size } of madeParts(stage, work, counts, (now) => pace.at(now))) {
    const { pieces, forgotten } = value as unknown as PartRecord
    // A copy, because numbers have to begin at a multiple of their size.
    const { buffer } = Uint8Array.from(readFileSync(join(folder, file)))
    counter.addCounted({
      ends: new Uint32Array(buffer, 0, pieces),
      counts: new Uint32Array(buffer, 4 * pieces, pieces),
      bytes: new Uint8Array(buffer, 8 * pieces),
      forgotten,
    })
    done += size
    await pace.at(done)
  }
  return counter
}

export const run: RunOf<typeof import('./train_bpe.ts').trainBpe> = async (stage) => {
  const { vocab, min_frequency } = stage.settings as { readonly vocab: number; readonly min_frequency: number }
  const special = specialTokens(stage.settings.end_of_text as string, stage.settings.special as string[])
  const counts = new PartCounts()
  const counter = await countPieces(stage, counts)
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
    bpeTokenizer({ type: 'bpe', split: stepsOf(patternOfStage(stage)), merges, ignoreMerges: false }, vocabulary),
  )
  return {
    metrics: { vocab, tokens: vocab - unused, merges: merges.left.length, pieces: counter.pieces.count },
    summary: `${vocab.toLocaleString('en-US')} ids from ${counter.pieces.count.toLocaleString('en-US')} different pieces`,
    ...counts.report(),
  }
}

function warn(stage: StageContext, message: string): void {
  stage.emit({ event: 'log', level: 'warning', message })
}
