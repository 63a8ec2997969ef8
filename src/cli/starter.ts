/** The files of a new project. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from './package.ts'

const pipeline = `/// A small language model of the first chapters of Moby-Dick: characters in, characters out.
/// Change a number and run again: only stages that depend on it run.
use std.models { llama }

param steps = 200  // llmpipe run pipeline.llmpipe -p steps=50

data prose = read("data/*.txt", split: paragraphs)
  |> normalize()
  |> keep(where: words >= 8)
  |> dedup(exact)

data train, held_out = prose |> split(90%, 10%, seed: 7)

tokenizer letters = characters(prose, end_of_text: "<|endoftext|>")

model tiny = llama(vocab: letters.size, dim: 64, layers: 2, heads: 2, context: 64)

stage base = pretrain(tiny, on: train |> encode(letters), validate: held_out |> encode(letters)) {
  steps:     steps
  batch:     16
  optimizer: adamw(lr: 3e-3)
  schedule:  cosine(warmup: 20, floor: 10%)
  seed:      1
}

expect base.valid_loss < 3.5
`

/** The files that `init` writes, relative to the project. */
export const starterFiles: readonly string[] = ['pipeline.llmpipe', join('data', 'moby-dick.txt'), '.gitignore']

/** Writes the starter files. The text is that of the examples; it is in the public domain. */
export function writeStarter(folder: string): void {
  mkdirSync(join(folder, 'data'), { recursive: true })
  const [program, data, ignored] = starterFiles.map((name) => join(folder, name)) as [string, string, string]
  writeFileSync(program, pipeline)
  writeFileSync(data, chapters())
  writeFileSync(ignored, '.llmpipe/\nout/\n')
}

/** The first chapters of Moby-Dick: enough text for a run of a minute. */
function chapters(): string {
  const book = readFileSync(join(packageRoot, 'pipelines/data/prose/moby-dick.txt'), 'utf8')
  const start = book.indexOf('Call me Ishmael')
  return `${book.slice(start, book.indexOf('\n\n', start + 150_000))}\n`
}
