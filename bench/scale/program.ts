/** Programs of any size with the shape of real ones: many sources, each cleaned and encoded by itself, with one tokenizer. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes the program a.llmpipe of `stages` stages (a multiple of four, plus two) and its input files. */
export function writeProgram(folder: string, stages: number): void {
  mkdirSync(join(folder, 'data'), { recursive: true })
  const lines = ['data sample = read("data/0.txt")', 'tokenizer bpe = train_bpe(sample, vocab: 300)']
  for (let chain = 0; chain < (stages - 2) / 4; chain++) {
    writeFileSync(join(folder, `data/${chain}.txt`), `Some words, and the number ${chain}.\n`.repeat(20))
    lines.push(
      `data raw_${chain} = read("data/${chain}.txt")`,
      `data clean_${chain} = raw_${chain} |> normalize() |> keep(where: words > ${chain % 7})`,
      `data unique_${chain} = dedup(clean_${chain}, exact)`,
      `data tokens_${chain} = encode(unique_${chain}, tokenizer: bpe)`,
    )
  }
  writeFileSync(join(folder, 'a.llmpipe'), `${lines.join('\n')}\n`)
}
