/** The classifier: features and steps by plain code, what it learns, and the stages `classifier` and `score`. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FeatureHasher } from '../../src/data/classifier/features.ts'
import { LogisticRegression, probabilityOf } from '../../src/data/classifier/logistic.ts'
import { measureClassifier } from '../../src/data/classifier/measure.ts'
import { kinds } from '../../src/stages/index.ts'
import { compileText, Rig } from './rig.ts'

const rig = new Rig()
const settings = { ngrams: 2, buckets: 1024, epochs: 3, lr: 0.5, held_out: 0.25, seed: 1 }

/** Documents of words that mostly good, or mostly bad, documents have; deterministic. */
function documents(side: 'good' | 'bad', count: number): string[] {
  const own = side === 'good' ? ['whale', 'harbor', 'captain', 'voyage'] : ['buy', 'cheap', 'click', 'offer']
  const shared = ['the', 'and', 'of', 'a', 'today', 'house']
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: 12 }, (_, k) => ((i * 7 + k * 5) % 3 === 0 ? own[(i + k) % 4] : shared[(i * 3 + k) % 6])).join(
      ' ',
    ),
  )
}

/** Texts that are not copies of each other. */
const numbered = (texts: readonly string[]) => texts.map((text, i) => `${text} n${i}`)

const train = (good: readonly string[], bad: readonly string[], more: object = {}) =>
  rig.run(kinds.classifier!, { ...settings, ...more }, { good: [rig.docs(good)], bad: [rig.docs(bad, 2)] })

describe('features', () => {
  it('are log counts of words and pairs, of length 1', () => {
    const { buckets, values } = new FeatureHasher({ ngrams: 2, buckets: 2 ** 20 }).of('The whale, the WHALE!')
    // the, the whale, whale, whale the: in the order of their first occurrence.
    expect(buckets).toHaveLength(4)
    const logs = [2, 2, 2, 1].map((count) => Math.log1p(count))
    const norm = Math.hypot(...logs)
    expect(values).toEqual(logs.map((log) => expect.closeTo(log / norm, 12)))
  })

  it('do not depend on the texts before, and a text without a word has none', () => {
    const hasher = new FeatureHasher({ ngrams: 3, buckets: 64 })
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const fresh = new FeatureHasher({ ngrams: 3, buckets: 64 }).of(other)
        hasher.of(one)
        expect(hasher.of(other)).toEqual(fresh)
      }),
    )
    expect(hasher.of(' … ')).toEqual({ buckets: [], values: [] })
  })
})

describe('logistic regression', () => {
  it('takes the steps of AdaGrad along the gradient of the loss', () => {
    const model = new LogisticRegression(4, 0.5)
    const features = { buckets: [1, 3], values: [0.6, 0.8] }
    const loss = (bucket: number, by: number) => {
      const weights = Float64Array.from(model.weights)
      weights[bucket]! += by
      return -2 * Math.log(probabilityOf(features, weights, model.bias))
    }
    const slope = (bucket: number) => (loss(bucket, 1e-6) - loss(bucket, -1e-6)) / 2e-6
    let squares = 0
    for (let step = 0; step < 3; step++) {
      const gradient = slope(3)
      squares += gradient ** 2
      const before = model.weights[3]!
      model.learn(features, 1, 2)
      expect(model.weights[3]! - before).toBeCloseTo((-0.5 * gradient) / Math.sqrt(squares), 6)
    }
    expect(model.weights[0]).toBe(0)
  })
})

describe('accuracy and AUC', () => {
  it('are those of the definitions, with ties', () => {
    const judged = fc.array(
      fc.record({ probability: fc.constantFrom(0.1, 0.4, 0.5, 0.6, 0.9), isGood: fc.boolean() }),
      { minLength: 2, maxLength: 30 },
    )
    fc.assert(
      fc.property(judged, (all) => {
        const good = all.filter(({ isGood }) => isGood)
        const bad = all.filter(({ isGood }) => !isGood)
        fc.pre(good.length > 0 && bad.length > 0)
        const won = good.flatMap((a) =>
          bad.map((b) => (a.probability > b.probability ? 1 : a.probability === b.probability ? 0.5 : 0)),
        )
        const { accuracy, auc } = measureClassifier(all)
        expect(auc).toBeCloseTo(won.reduce((sum: number, each) => sum + each, 0) / won.length, 10)
        const right = (of: typeof all, is: (p: number) => boolean) =>
          of.filter(({ probability }) => is(probability)).length / of.length
        expect(accuracy).toBeCloseTo((right(good, (p) => p >= 0.5) + right(bad, (p) => p < 0.5)) / 2, 10)
      }),
    )
  })
})

describe('classifier and score', () => {
  it('learn to tell documents apart, and say how well on documents held out', async () => {
    const { report, artefact } = await train(numbered(documents('good', 40)), numbered(documents('bad', 120)))
    expect(report.metrics).toMatchObject({ accuracy: 1, auc: 1, documents: 120, held_out: 40 })
    const docs = rig.docs(['The captain of the whale voyage', 'Click: cheap offer today, buy!', '…'])
    const scored = await rig.run(
      kinds.score!,
      { as: 'score' },
      { docs: [docs], with: [{ ...artefact, kind: 'Classifier' }] },
    )
    const [good, bad, none] = scored.rows.map(({ score }) => score as number)
    expect(good).toBeGreaterThan(0.8)
    expect(bad).toBeLessThan(0.2)
    expect(none).toBeGreaterThan(0)
  })

  it('guess if both sides are alike', async () => {
    const texts = documents('good', 200)
    const { report } = await train(
      texts.map((text, i) => `${text} a${i}`),
      texts.map((text, i) => `${text} b${i}`),
    )
    expect(report.metrics!.auc).toBeGreaterThan(0.3)
    expect(report.metrics!.auc).toBeLessThan(0.7)
  })

  it('give the same bytes however the documents lie in shards', async () => {
    const bytes = async (shards: number) => {
      const docs = { good: [rig.docs(documents('good', 30), shards)], bad: [rig.docs(documents('bad', 50), shards)] }
      const { artefact } = await rig.run(kinds.classifier!, settings, docs)
      return readFileSync(join(artefact.path, 'classifier.bin'))
    }
    expect((await bytes(3)).equals(await bytes(1))).toBe(true)
  })

  it('hold out all copies of a text, or none', async () => {
    const good = Array.from({ length: 60 }, (_, i) => `The captain of ship ${Math.floor(i / 20)}`)
    for (const seed of [1, 2, 3, 4]) {
      const { report } = await train(good, numbered(documents('bad', 40)), { seed })
      // 15 are wanted of `good`, and 20 are copies of each other.
      expect(report.metrics).toMatchObject({ held_out: 20 + 10, documents: 40 + 30 })
    }
  })

  it('need two documents of each side, and a power of two', async () => {
    await expect(train(Array(9).fill('one'), documents('bad', 9))).rejects.toThrow(
      'all 9 documents of `good` are copies',
    )
    await expect(train(['one'], documents('bad', 9))).rejects.toMatchObject({ code: 'too-few-documents' })
    const { diagnostics } = compileText('data x = read("x")\nstage c = classifier(good: x, bad: x) { buckets: 3000 }')
    expect(diagnostics.map(({ message }) => message)).toEqual(['3000 is not a power of two.'])
  })

  it('fit into a program: the field is tested behind the stage', () => {
    const { program, diagnostics } = compileText(`data good = read("a.txt")
data web = read("b.txt")
stage quality = classifier(good: good, bad: web)
data best = web |> score(with: quality) |> keep(where: score > 0.5)
expect quality.accuracy > 0.8
export quality to "out/quality"`)
    expect(diagnostics).toEqual([])
    expect(program!.calls.map(({ kind }) => kind)).toContain('score')
  })
})
