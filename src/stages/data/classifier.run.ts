/** Runs `classifier`: draws what is held out, learns from the rest, measures. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { FeatureHasher } from '../../data/classifier/features.ts'
import { LogisticRegression, probabilityOf } from '../../data/classifier/logistic.ts'
import { type Judged, measureClassifier } from '../../data/classifier/measure.ts'
import { writeClassifier } from '../../data/classifier/model.ts'
import { Numbers } from '../../data/sampling/numbers.ts'
import { RandomKeys } from '../../data/sampling/random-keys.ts'
import { documentsIn } from '../../data/shards/walk.ts'
import type { RunOf, StageOf } from '../shared/define-kind.ts'
import type { classifier } from './classifier.ts'

type Stage = StageOf<typeof classifier>
type Side = 'good' | 'bad'

interface Drawn {
  readonly documents: number
  readonly heldOut: number
  /** Whether the document at a place is held out. */
  isHeldOut(place: number): boolean
}

export const run: RunOf<typeof classifier> = async (stage) => {
  const { buckets, epochs, lr } = stage.settings
  const drawn = { good: await draw(stage, 'good'), bad: await draw(stage, 'bad') }
  const hasher = new FeatureHasher(stage.settings)
  const model = new LogisticRegression(buckets, lr)
  const learned = { good: drawn.good.documents - drawn.good.heldOut, bad: drawn.bad.documents - drawn.bad.heldOut }
  const all = learned.good + learned.bad
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for await (const { text, side } of inTurn(stage, drawn, learned, `epoch ${epoch} of ${epochs}`))
      model.learn(hasher.of(text), side === 'good' ? 1 : 0, all / (2 * learned[side]))
  }
  // Measured with the weights as they are written.
  const weights = Float32Array.from(model.weights)
  const judged: Judged[] = []
  for (const side of ['good', 'bad'] as const)
    for await (const text of textsOf(stage, side, drawn[side].isHeldOut, 'measuring'))
      judged.push({ probability: probabilityOf(hasher.of(text), weights, model.bias), isGood: side === 'good' })
  const { accuracy, auc } = measureClassifier(judged)
  const metrics = { accuracy, auc, documents: all, held_out: judged.length }
  writeClassifier(stage.outputs.out, stage.settings, model.bias, model.weights)
  writeFileSync(join(stage.outputs.out, 'metrics.json'), `${JSON.stringify(metrics)}\n`)
  return {
    metrics,
    summary: `accuracy ${(100 * accuracy).toFixed(1)}% on ${judged.length.toLocaleString('en-US')} held-out documents, learned from ${all.toLocaleString('en-US')}`,
  }
}

/** Draws the documents of a side that are held out: at least one, and at least one is left to learn from. */
async function draw(stage: Stage, side: Side): Promise<Drawn> {
  const { seed, held_out } = stage.settings
  const keys = new RandomKeys(seed, 'classifier')
  const numbers = new Numbers()
  for await (const documents of documentsIn([stage.inputs[side].path], stage, 'drawing'))
    for (const { text } of documents) numbers.push(keys.ofContent(text))
  if (numbers.length < 2)
    throw new StageError(
      'too-few-documents',
      `\`${side}\` has ${numbers.length === 0 ? 'no document' : 'one document'}: a classifier needs one to learn from and one to measure on`,
      'Give it hundreds of documents of each side.',
    )
  const sorted = numbers.sorted()
  const wanted = Math.min(numbers.length - 1, Math.max(1, Math.round(held_out * numbers.length)))
  const cut = cutAt(sorted, wanted)
  if (cut === undefined)
    throw new StageError(
      'too-few-documents',
      `all ${numbers.length.toLocaleString('en-US')} documents of \`${side}\` are copies of one: a classifier needs one to learn from and another to measure on`,
      'Give it hundreds of different documents of each side.',
    )
  const heldOut = sorted.indexOf(cut)
  return { documents: numbers.length, heldOut, isHeldOut: (place) => numbers.at(place) < cut }
}

/**
 * The number below which documents are held out: about `wanted` of them. Copies have equal numbers and stay together. `undefined` if all numbers are
 * equal.
 */
function cutAt(sorted: Float64Array, wanted: number): number | undefined {
  const cut = sorted[wanted]!
  return cut > sorted[0]! ? cut : sorted.find((number) => number > cut)
}

/** The texts of a side whose places `takes` takes, in order. */
async function* textsOf(
  stage: Stage,
  side: Side,
  takes: (place: number) => boolean,
  phase: string,
): AsyncGenerator<string> {
  let place = 0
  for await (const documents of documentsIn([stage.inputs[side].path], stage, phase))
    for (const { text } of documents) if (takes(place++)) yield text
}

/** The texts of both sides to learn from, mixed evenly: at any time, about the same share of each side is done. */
async function* inTurn(
  stage: Stage,
  drawn: Readonly<Record<Side, Drawn>>,
  learned: Readonly<Record<Side, number>>,
  phase: string,
): AsyncGenerator<{ readonly text: string; readonly side: Side }> {
  const open = (side: Side) => textsOf(stage, side, (place) => !drawn[side].isHeldOut(place), phase)
  const sources = { good: open('good'), bad: open('bad') }
  const done = { good: 0, bad: 0 }
  while (done.good < learned.good || done.bad < learned.bad) {
    const side: Side = (done.good + 1) * learned.bad <= (done.bad + 1) * learned.good ? 'good' : 'bad'
    const next = await sources[side].next()
    if (next.done) throw new Error(`the side ${side} has fewer documents than were counted`)
    done[side]++
    yield { text: next.value, side }
  }
}
