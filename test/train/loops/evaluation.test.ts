/** The numbers of evaluate, against hand-computed ones and the log-probabilities of a model that runs without batches. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Artefact, ArtefactKind } from '../../../src/core/artefact.ts'
import { partsOfDetail } from '../../../src/core/report.ts'
import type { JsonObject } from '../../../src/core/values/json.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { bind } from '../../../src/model/bind.ts'
import { evaluate } from '../../../src/stages/judging/evaluate.ts'
import { openParts } from '../../../src/store/parts.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { chatEncoder } from '../../../src/text/chat/encode-chat.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { gain, meanOf, winRate } from '../../../src/train/evaluation/compare.ts'
import { choiceOf, isExact, questionOf, rightChoice } from '../../../src/train/evaluation/quiz.ts'
import { loadWeights } from '../../../src/train/weights/weights.ts'
import { asDigest } from '../../brands.ts'
import { architecture } from '../../model/architecture.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { newFolder, savedWeights } from '../saved.ts'

const sure = { seed: 1, confidence: 0.95 }

describe('comparing answers', () => {
  const ours = [[1], [2], [3]]
  const theirs = [[0], [2], [4]]

  it('counts who wins, ties half, and by how much', () => {
    expect(winRate(ours, theirs, sure).value).toBe(0.5)
    expect(gain(ours, theirs, sure).value).toBe(0)
    expect(gain([[3, 1]], [[1, 1]], sure).value).toBe(1)
    expect(winRate([[3, 1]], [[1, 1]], sure).value).toBe(0.75)
  })

  it('has intervals over prompts that hold the value, and are narrower with more prompts', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => [i % 5])
    const [few, lots] = [meanOf(many(20), sure), meanOf(many(2000), sure)]
    for (const { value, low, high } of [few, lots]) {
      expect(low!).toBeLessThan(value)
      expect(high!).toBeGreaterThan(value)
    }
    // 1.96 · √2 / √n on either side of 2.
    expect(lots.high! - lots.low!).toBeCloseTo((2 * 1.96 * Math.SQRT2) / Math.sqrt(2000), 1)
    expect(few.high! - few.low!).toBeGreaterThan(5 * (lots.high! - lots.low!))
  })
})

describe('questions', () => {
  it('are right where the likeliest choice is, by itself or for its length', () => {
    const choice = { question: '?', choices: ['a', 'bbbb'], answer: 1 }
    expect(rightChoice(choice, [-2, -1])).toEqual({ plain: 1, perByte: 1 })
    expect(rightChoice(choice, [-2, -4])).toEqual({ plain: 0, perByte: 1 })
    expect(rightChoice(choice, [-1, -8])).toEqual({ plain: 0, perByte: 0 })
  })

  it('are exact but for white space and the form of letters', () => {
    const question = { question: '?', answers: ['Größe', 'size'] }
    expect(isExact(' Gro\u0308ße\n', question)).toBe(true)
    expect(isExact('Size', question)).toBe(false)
  })

  it('take an answer by number or by text, one or several, and say what they lack', () => {
    expect(choiceOf('x', { question: '?', choices: ['a', 'b'], answer: 'b' }).answer).toBe(1)
    expect(questionOf('x', { question: '?', answer: ['a', 'b'] }).answers).toEqual(['a', 'b'])
    for (const wrong of [
      { choices: ['a', 'b'], answer: 0 },
      { question: '?', choices: ['a'], answer: 0 },
    ])
      expect(() => choiceOf('x', wrong)).toThrow('the document x is not a question')
    expect(() => choiceOf('x', { question: '?', choices: ['a', 'b'], answer: 2 })).toThrow('one of its choices')
    expect(() => questionOf('x', { question: '?' })).toThrow('is not a question')
  })
})

describe('evaluate', () => {
  const template = stdTemplate('chatml')
  const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', template.tokens))
  const model = architecture('llama', { vocab: tokenizer.size, dim: 16, layers: 1, heads: 2, context: 96 })
  const folders = [1, 2].map((seed) => savedWeights(model, tokenizer, { seed, template }))
  const models = folders.map((path): Artefact => ({ kind: 'Weights', digest: asDigest(path), path }))
  const pairs = ['A mammal.', 'Salt water.', 'A rope of the ship.'].map((answer, i) => ({
    id: `${i}`,
    messages: [
      { role: 'user', content: `What is ${i}?` },
      { role: 'assistant', content: answer },
    ],
  }))

  function artefact(kind: ArtefactKind, stem: string, records: readonly object[]): Artefact {
    const path = newFolder()
    writeFileSync(join(path, `${stem}-00000.jsonl`), records.map((each) => `${JSON.stringify(each)}\n`).join(''))
    return { kind, digest: asDigest(path), path }
  }

  async function measured(on: Artefact, settings: JsonObject = {}) {
    const defaults = Object.entries(evaluate.settings.properties).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    )
    const out = newFolder()
    const { run } = await evaluate.load!()
    const { metrics, detail } = await run(
      {
        params: { ...Object.fromEntries(defaults), ...settings } as JsonObject,
        hints: {},
        inputs: { models, on: [on] },
        files: {},
        models: {},
        outputs: { out },
        work: newFolder(),
        people: newFolder(),
        parts: openParts(newFolder(), ''),
        threads: 1,
        emit: () => {},
        signal: new AbortController().signal,
      },
      {
        engine: loadEngine,
        architecture: () => Promise.reject(new Error('none is needed')),
        pageFile: () => undefined,
        onnxFiles: () => Promise.reject(new Error('no ONNX here')),
        torchModule: () => Promise.reject(new Error('no PyTorch here')),
      },
    )
    expect(JSON.parse(readFileSync(join(out, 'metrics.json'), 'utf8'))).toEqual(metrics)
    return { metrics: metrics!, mistakes: partsOfDetail(detail).comparison?.mistakes }
  }

  /** log p of each token but the first, computed by itself. */
  async function logProbabilities(folder: string, ids: ArrayLike<number>): Promise<number[]> {
    const { tensors } = loadWeights(folder)
    const graph = bind(model.graph, { batch: 1, time: ids.length, vocab: tokenizer.size })
    const executable = await (await loadEngine('onnx')).compile(graph, { threads: 1 })
    const shape = [1, ids.length]
    const { logits } = await executable.run({
      ...tensors,
      tokens: { dtype: 'int32', shape, data: Int32Array.from(ids) },
      positions: { dtype: 'int32', shape, data: Int32Array.from(ids, (_, i) => i) },
    })
    await executable.dispose()
    return Array.from({ length: ids.length - 1 }, (_, t) => {
      const row = (logits!.data as Float32Array).subarray(t * tokenizer.size, (t + 1) * tokenizer.size)
      return row[ids[t + 1]!]! - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))
    })
  }

  const encoder = chatEncoder(template, tokenizer)
  /** log p of an answer with its end token. */
  async function ofAnswer(folder: string, messages: (typeof pairs)[number]['messages']) {
    const { ids, mask, turns } = encoder.examples(messages)[0]!
    const { end } = turns.at(-1)!
    const scores = await logProbabilities(folder, ids.slice(0, end))
    const own = scores.filter((_, t) => mask[t + 1] === 1)
    return { sum: own.reduce((a, b) => a + b, 0), count: own.length }
  }

  it('gives the loss of answers, their perplexity and bits per byte', async () => {
    const { metrics } = await measured(artefact('Pairs', 'pairs', pairs))
    for (const [i, folder] of folders.entries()) {
      const each = await Promise.all(pairs.map(({ messages }) => ofAnswer(folder, messages)))
      const [sum, count] = [each.reduce((a, b) => a + b.sum, 0), each.reduce((a, b) => a + b.count, 0)]
      const bytes = pairs.reduce((total, { messages }) => total + Buffer.byteLength(messages[1]!.content), 0)
      expect(metrics[`loss[${i}]`]).toBeCloseTo(-sum / count, 4)
      expect(metrics[`perplexity[${i}]`]).toBeCloseTo(Math.exp(-sum / count), 1)
      expect(metrics[`bits_per_byte[${i}]`]).toBeCloseTo(-sum / Math.LN2 / bytes, 3)
    }
    expect(metrics['loss[0]']).not.toBe(metrics['loss[1]'])
  })

  it('says how often the right choice is the likeliest', async () => {
    const questions = Array.from({ length: 5 }, (_, i) => ({
      id: `${i}`,
      text: '',
      question: `What is ${i}?`,
      choices: ['A mammal.', `Water ${i}.`, 'No.'],
      answer: i % 3,
    }))
    const { metrics, mistakes } = await measured(artefact('Docs', 'docs', questions), { measure: 'multiple_choice' })
    const asked = (i: number) => mistakes?.shown.filter(({ answers }) => answers[i]?.isRight === false).length
    for (const [i, folder] of folders.entries()) {
      let right = 0
      for (const { question, choices, answer } of questions) {
        const sums = await Promise.all(
          choices.map(async (content) => {
            const asked = { role: 'user', content: question }
            return (await ofAnswer(folder, [asked, { role: 'assistant', content }])).sum
          }),
        )
        if (sums.indexOf(Math.max(...sums)) === answer) right++
      }
      expect(metrics[`accuracy[${i}]`]).toBeCloseTo(right / questions.length, 12)
      expect(asked(i)).toBe(questions.length - right)
      expect(metrics[`accuracy_low[${i}]`]!).toBeLessThanOrEqual(right / questions.length)
    }
  })

  it('counts exact matches', async () => {
    const questions = [{ id: '0', text: '', question: 'What?', answer: 'never said by chance' }]
    const { metrics, mistakes } = await measured(artefact('Docs', 'docs', questions), { measure: 'exact_match' })
    expect(metrics['exact_match[0]']).toBe(0)
    expect(mistakes?.questions).toBe(1)
    expect(mistakes?.shown[0]).toMatchObject({
      question: 'What?',
      right: ['never said by chance'],
      answers: [{ isRight: false }, { isRight: false }],
    })
  })

  it('gives the loss of documents as of their tokens', async () => {
    const docs = artefact('Docs', 'docs', [
      { id: 'a', text: 'It was a dark and stormy night, and the sea was high.' },
      { id: 'b', text: 'Call me Ishmael.' },
    ])
    const { metrics } = await measured(docs)
    const ids = ['It was a dark and stormy night, and the sea was high.', 'Call me Ishmael.'].flatMap((text) => [
      ...tokenizer.encode(text),
      tokenizer.endOfText!,
    ])
    const scores = await logProbabilities(folders[0]!, ids)
    expect(metrics['loss[0]']).toBeCloseTo(-scores.reduce((a, b) => a + b, 0) / scores.length, 4)
  })
})
