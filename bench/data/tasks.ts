/** The measured work: programs of llmpipe, each from the files to its last stage. */

import { type Format, formats } from './corpus.ts'

export interface Task {
  readonly name: string
  readonly program: string
  /** The stage whose time counts; the whole command if absent. */
  readonly stage?: string
  /** Other tools that do the same: the task of peer.py, and that of the loop in Rust. */
  readonly peer?: string
  readonly rust?: string
  readonly format: Format
}

const read = (format: Format = 'jsonl') => `read("pages.${format}")`

/** A condition that measures every document, and keeps only the first: the time is not that of writing. */
const only = (condition: string) => `data out = ${read()} |> keep(where: ${condition} or id == "0")`

/** The metrics that share one look at the text. */
const families = {
  characters: 'alpha_ratio + digit_ratio + uppercase_ratio > 9',
  words: 'mean_word_length > 999',
  lines: 'bullet_line_ratio + ellipsis_line_ratio + short_line_ratio + terminal_punctuation_line_ratio > 9',
  'stop words': 'stop_words > 9',
  'repeated lines': 'duplicate_line_ratio + duplicate_paragraph_ratio + net_duplicate_line_character_ratio > 9',
  'n-grams of 2 to 4': 'top_2gram_ratio + top_3gram_ratio + top_4gram_ratio > 9',
  'n-grams of 2 to 10': 'top_2gram_ratio + duplicate_5gram_ratio + duplicate_10gram_ratio > 9',
  sentences: 'sentences > 1_000_000_000',
  patterns: 'count(r"https?://") > 1_000_000_000',
} as const

export const tasks: readonly Task[] = [
  ...formats.map((format) => ({
    name: `read ${format}`,
    program: `data out = ${read(format)} |> keep(where: id == "0")`,
    format,
    ...(format === 'jsonl' ? { peer: 'read' } : {}),
  })),
  {
    name: 'read and write',
    program: `data out = ${read()} |> drop(where: id == "0")`,
    format: 'jsonl',
    peer: 'write',
    rust: 'read',
  },
  ...Object.entries(families).map(([name, condition]) => ({
    name: `metrics: ${name}`,
    program: only(condition),
    format: 'jsonl' as const,
  })),
  {
    name: 'Gopher + FineWeb',
    program: `use std.clean { gopher_repetition, gopher_quality, fineweb_quality }
data out = ${read()} |> gopher_repetition() |> gopher_quality() |> fineweb_quality(max_duplicate_lines: 0.01)`,
    format: 'jsonl',
    peer: 'filters',
    rust: 'filters',
  },
  { name: 'MinHash', program: `data out = ${read()} |> dedup(minhash)`, format: 'jsonl', peer: 'minhash' },
  { name: 'substrings', program: `data out = ${read()} |> dedup(substring)`, format: 'jsonl' },
  {
    name: 'encode',
    program: `data pages = ${read()}
tokenizer bpe = train_bpe(pages |> sample(1_000), vocab: 8192)
data out = pages |> encode(bpe)`,
    stage: 'out',
    format: 'jsonl',
    peer: 'encode',
  },
]
