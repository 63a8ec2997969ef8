/** Reads tiktoken's rank files: each line has the bytes of a token in base64 and its rank, which is also its id. */

import { StageError } from '../core/failure.ts'
import { bpeTokenizer } from './bpe/bpe.ts'
import { mergesOf } from './bpe/merges.ts'
import { gpt2Pattern } from './split/gpt2.ts'
import { openAiGpt4Pattern } from './split/splitter.ts'
import { stepsOf } from './split/steps.ts'
import type { Tokenizer } from './tokenizer.ts'
import { makeVocabulary } from './vocabulary.ts'

export interface TiktokenEncoding {
  /** The regular expression that splits text. */
  readonly pattern: string
  readonly special: Readonly<Record<string, number>>
  readonly endOfText?: string
}

/** OpenAI's encodings by the names of their files: rank files have no pattern and no special tokens. */
export const encodings: ReadonlyMap<string, TiktokenEncoding> = new Map(
  Object.entries({
    r50k_base: { pattern: gpt2Pattern, special: { '<|endoftext|>': 50256 }, endOfText: '<|endoftext|>' },
    p50k_base: { pattern: gpt2Pattern, special: { '<|endoftext|>': 50256 }, endOfText: '<|endoftext|>' },
    cl100k_base: {
      pattern: openAiGpt4Pattern,
      special: {
        '<|endoftext|>': 100257,
        '<|fim_prefix|>': 100258,
        '<|fim_middle|>': 100259,
        '<|fim_suffix|>': 100260,
        '<|endofprompt|>': 100276,
      },
      endOfText: '<|endoftext|>',
    },
  }),
)

const maxRanks = 2 ** 24

/** The tokens of a `.tiktoken` file, by rank. Throws a StageError for a line that is not a token. */
export function parseTiktoken(text: string): (Uint8Array | undefined)[] {
  const tokens: (Uint8Array | undefined)[] = []
  const lines = new Map<number, number>()
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const match = /^([A-Za-z0-9+/]+={0,2}) (\d+)\r?$/.exec(line)
    if (match === null) {
      throw new StageError(
        'unsupported-tokenizer',
        `line ${i + 1} is not a token of a tiktoken file: ${JSON.stringify(line.slice(0, 60))}`,
        'Each line is the token in base64, a blank, and its rank.',
      )
    }
    const rank = Number(match[2])
    const before = lines.get(rank)
    if (rank >= maxRanks || before !== undefined) {
      throw new StageError(
        'damaged-tokenizer',
        before === undefined
          ? `line ${i + 1} has the rank ${match[2]}: vocabularies have fewer than ${maxRanks} tokens`
          : `line ${before} and line ${i + 1} have the same rank ${rank}`,
        'Get the file again from its source.',
      )
    }
    lines.set(rank, i + 1)
    tokens[rank] = Buffer.from(match[1]!, 'base64')
  }
  return tokens
}

/** The tokenizer of ranked tokens, with the ids of tiktoken. */
export function tiktokenTokenizer(tokens: readonly (Uint8Array | undefined)[], encoding: TiktokenEncoding): Tokenizer {
  const special = new Map(Object.entries(encoding.special))
  return bpeTokenizer(
    { type: 'bpe', split: stepsOf(encoding.pattern), merges: mergesOf(tokens), ignoreMerges: true },
    makeVocabulary(tokens, special, { endOfText: encoding.endOfText }),
  )
}
