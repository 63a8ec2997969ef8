/**
 * The pipeline of the tests with faults: data, a tokenizer, a training with checkpoints, and stages that record when they work, two of them variants of a `for`. The records show whether
 * a stage ever ran twice at the same time.
 */

import { existsSync, readFileSync } from 'node:fs'

/** A custom stage that copies documents slowly, keeps its place in its work folder, and appends a line to the file `log` for each step. */
export const witnessStage = `import { defineStage } from 'llmpipe'

export const witness = defineStage({
  summary: 'Copies documents slowly, and records when it works.',
  inputs: { docs: { kinds: ['Docs'], description: 'The documents.' } },
  settings: {
    name: { type: 'string', description: 'Appended to each document, and recorded.' },
    steps: { type: 'integer', minimum: 1, description: 'How many pauses it makes.' },
    log: { type: 'string', hint: true, description: 'The file that it records in.' },
  },
  output: 'Docs',
  async run({ inputs, settings, output, work }) {
    const { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } = await import('node:fs')
    const { randomUUID } = await import('node:crypto')
    const process = randomUUID()
    const record = (what: string) => appendFileSync(settings.log, settings.name + ' ' + process + ' ' + what + '\\n')
    const place = work + '/place'
    let step = existsSync(place) ? Number(readFileSync(place, 'utf8')) : 0
    record('starts at ' + step)
    for (; step < settings.steps; step++) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      record('step ' + step)
      writeFileSync(place + '.new', String(step + 1))
      renameSync(place + '.new', place)
    }
    for await (const doc of inputs.docs) await output.write({ ...doc, text: doc.text + ' ' + settings.name })
    record('ends')
  },
})
`

/**
 * The files of a project whose witnesses record in `log`, an absolute path that all nodes see. Each witness works for `steps` × 0.2 s at least, and copies `paragraphs` documents.
 */
export function witnessedPipeline(log: string, steps = 25, paragraphs = 60): Record<string, string> {
  const text = Array.from(
    { length: paragraphs },
    (_, i) => `The ${i}th sentence of the book goes on and on, about whales and the sea.`,
  )
  return {
    'witness.ts': witnessStage,
    'data/book.txt': `${text.join('\n\n')}\n`,
    'a.llmpipe': `use std.models { llama }
use "./witness.ts" { witness }

data raw = read("data/*.txt", split: paragraphs)
data prose = raw |> normalize() |> keep(where: words >= 3)
tokenizer letters = characters(prose, end_of_text: "<|endoftext|>")
model tiny = llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 16)
data one = prose |> witness(name: "one", steps: ${steps}, log: "${log}")
data two = prose |> witness(name: "two", steps: ${steps}, log: "${log}")
data three = one |> witness(name: "three", steps: ${steps}, log: "${log}")
for name in ["four", "five"] {
  data copy = prose |> witness(name: name, steps: ${steps}, log: "${log}")
}
stage base = pretrain(tiny, on: prose |> encode(letters)) { steps: 300, batch: 4, checkpoint_every: 100ms }
export three to "out/three"
`,
  }
}

/** The lines of a log, those of each witness by its name: which process wrote, and what. */
export function recordsIn(
  log: string,
): ReadonlyMap<string, readonly { readonly process: string; readonly what: string }[]> {
  const lines = existsSync(log)
    ? readFileSync(log, 'utf8')
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
    : []
  const records = new Map<string, { process: string; what: string }[]>()
  for (const line of lines) {
    const [name = '', process = '', ...what] = line.split(' ')
    records.set(name, [...(records.get(name) ?? []), { process, what: what.join(' ') }])
  }
  return records
}

/** The witnesses that ran in two processes at the same time: a line of one process stands between two lines of another. */
export function simultaneous(log: string): string[] {
  return [...recordsIn(log)].flatMap(([name, records]) => {
    const switches = records.filter(({ process }, i) => i > 0 && records[i - 1]!.process !== process).length
    const processes = new Set(records.map(({ process }) => process)).size
    return switches > processes - 1 ? [name] : []
  })
}
