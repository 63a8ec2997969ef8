/**
 * Accuracy and time of `classifier`, compared with scikit-learn and fastText.
 *
 *     npm run bench classifier -- [--good FILE --bad FILE]
 *
 * Two sets of documents are told apart: by default the definitions of WordNet from those of the Devil's Dictionary for the same 819 words
 * (pipelines/data/two_dictionaries.jsonl); otherwise files of JSONL with `text`. Every fourth document is a test document; both sides learn from the others. llmpipe is timed as a whole command
 * with its start and scoring. If LLMPIPE_PYTHON names a Python that has scikit-learn, its logistic regression learns from the same documents, over words
 * and pairs of words hashed to as many buckets; if it has `fasttext` with training, its supervised mode too.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { measureClassifier } from '../../src/data/classifier/measure.ts'
import { llmpipe, machine } from '../measure.ts'
import { answerOf } from '../peers.ts'

const { values: flags } = parseArgs({ options: { good: { type: 'string' }, bad: { type: 'string' } } })

interface Sides<T> {
  readonly good: T
  readonly bad: T
}

interface Row {
  readonly name: string
  readonly seconds: number
  /** The probability of each test document of being good: those of the good side first. */
  readonly probabilities: readonly number[]
}

const texts = flags.good && flags.bad ? { good: textsIn(flags.good), bad: textsIn(flags.bad) } : dictionaries()
const test: Sides<string[]> = { good: every(texts.good, true), bad: every(texts.bad, true) }
const train: Sides<string[]> = { good: every(texts.good, false), bad: every(texts.bad, false) }
const folder = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
try {
  for (const side of ['good', 'bad'] as const) write(`${side}.jsonl`, train[side])
  write('test.jsonl', [...test.good, ...test.bad])
  const isGood = [...test.good.map(() => true), ...test.bad.map(() => false)]
  console.log(machine())
  console.log(`learned from ${train.good.length} good and ${train.bad.length} bad, tested on ${isGood.length}\n`)
  console.log('| | accuracy | AUC | s |\n| --- | ---: | ---: | ---: |')
  for (const { name, seconds, probabilities } of [ours(), ...theirs()]) {
    const judged = probabilities.map((probability, i) => ({ probability, isGood: isGood[i]! }))
    const { accuracy, auc } = measureClassifier(judged)
    console.log(`| ${name} | ${(100 * accuracy).toFixed(1)} % | ${auc.toFixed(4)} | ${seconds.toFixed(1)} |`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

function textsIn(path: string): string[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  return lines.map((line) => (JSON.parse(line) as { text: string }).text)
}

function dictionaries(): Sides<string[]> {
  const lines = readFileSync('pipelines/data/two_dictionaries.jsonl', 'utf8').trim().split('\n')
  const entries = lines.map((line) => JSON.parse(line) as { scholar: string; cynic: string })
  return { good: entries.map(({ scholar }) => scholar), bad: entries.map(({ cynic }) => cynic) }
}

function every(list: readonly string[], fourth: boolean): string[] {
  return list.filter((_, i) => (i % 4 === 3) === fourth)
}

function write(name: string, list: readonly string[]): void {
  writeFileSync(join(folder, name), list.map((text, i) => `${JSON.stringify({ id: String(i), text })}\n`).join(''))
}

function ours(): Row {
  const program = `data good = read("good.jsonl")
data bad = read("bad.jsonl")
stage quality = classifier(good: good, bad: bad)
data scored = read("test.jsonl") |> score(with: quality)
export scored to "out"
`
  writeFileSync(join(folder, 'program.llmpipe'), program)
  const begin = performance.now()
  llmpipe(['run', 'program.llmpipe'], folder)
  const seconds = (performance.now() - begin) / 1000
  const lines = readFileSync(join(folder, 'out/docs-00000.jsonl'), 'utf8').trim().split('\n')
  return { name: 'llmpipe', seconds, probabilities: lines.map((line) => (JSON.parse(line) as { score: number }).score) }
}

function theirs(): Row[] {
  const python = process.env.LLMPIPE_PYTHON
  if (python === undefined) return []
  return JSON.parse(answerOf(python, [resolve('bench/classifier/peer.py'), folder])) as Row[]
}
