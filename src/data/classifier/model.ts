/** A trained classifier as files: `classifier.json` describes it, `classifier.bin` has its weights, 32-bit numbers in little-endian order. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { FeatureHasher, type FeatureSettings } from './features.ts'
import { probabilityOf } from './logistic.ts'

interface Description extends FeatureSettings {
  readonly version: 1
  readonly bias: number
}

/** Gives texts the probability of being good. */
export type Classifier = (text: string) => number

export function writeClassifier(
  folder: string,
  { ngrams, buckets }: FeatureSettings,
  bias: number,
  weights: Float64Array,
): void {
  const description: Description = { version: 1, ngrams, buckets, bias }
  writeFileSync(join(folder, 'classifier.json'), `${JSON.stringify(description)}\n`)
  const bytes = Buffer.alloc(4 * weights.length)
  for (let i = 0; i < weights.length; i++) bytes.writeFloatLE(weights[i]!, 4 * i)
  writeFileSync(join(folder, 'classifier.bin'), bytes)
}

/** Throws a StageError `damaged-artefact`. */
export function readClassifier(folder: string): Classifier {
  const { version, bias, ...settings } = JSON.parse(
    readFileSync(join(folder, 'classifier.json'), 'utf8'),
  ) as Description
  const bytes = readFileSync(join(folder, 'classifier.bin'))
  if (version !== 1 || bytes.length !== 4 * settings.buckets)
    throw new StageError(
      'damaged-artefact',
      `${folder} is not a classifier of this version of llmpipe`,
      'Something else has written to the store. Remove the artefact, and run again.',
    )
  const weights = Float32Array.from({ length: settings.buckets }, (_, i) => bytes.readFloatLE(4 * i))
  const hasher = new FeatureHasher(settings)
  return (text) => probabilityOf(hasher.of(text), weights, bias)
}
