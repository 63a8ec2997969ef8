/**
 * Tokenizers of random components of Hugging Face's `tokenizers`: normalizers, pre-tokenizers, models, added tokens, post-processors and
 * decoders in every combination. Ids and texts are those of the library, and the file is written again byte for byte.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StageError } from '../../src/core/failure.ts'
import { Ids } from '../../src/text/ids.ts'
import { loadTokenizerFiles, saveTokenizer } from '../../src/text/load.ts'
import type { Tokenizer } from '../../src/text/tokenizer.ts'
import { samples } from '../text/samples.ts'
import { runPython } from './run-python.ts'

const python = process.env.LLMPIPE_PYTHON

/** The answers of the library about one tokenizer. `null`: it refuses, or panics. */
interface Answer {
  readonly plain: readonly (readonly number[] | null)[]
  readonly found: readonly (readonly number[] | null)[]
  readonly wrapped: readonly (readonly number[] | null)[]
  readonly samples: readonly (readonly number[])[]
  readonly decoded: readonly (string | null)[]
}

/** Characters whose properties are the same in every version of Unicode in use, and parts of tokens. */
const parts = [
  ...'sStTrReEvVmMlLdD 0 9x\n\r\t\u00a0é中½!.aab▁_<>\'"ÉèßſK²³ⅧπΣςσİıǅﬁЖжאاअहि๑あカー한٣—“”…\u2028\u3000\u200b\u200d\u0301\u0308\0\u0085\ufeff\ufffd€∑👍🇩🇪',
  ...[
    '\u{1f3fd}',
    "'ll",
    '  ',
    '\r\n',
    'word',
    'ab',
    '<think>',
    '世界',
    'ΣΩ',
    '[MASK]',
    '<s>',
    '<|im_start|>',
    ' the ',
    "don't",
    '12',
  ],
  ...['<0x41>', '##', '</w>'],
]
const anyText = fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((pieces) => pieces.join(''))
const texts = [...Object.values(samples), ...fc.sample(anyText, { numRuns: 60, seed: 3 })]

/** The ids, or `null` if the tokenizer lacks a token for some of the text. The library leaves such text out. */
function ids(tokenizer: Tokenizer, text: string, wrap: boolean): number[] | null {
  try {
    return [...tokenizer.encode(text, { special: 'all', wrap })]
  } catch (error) {
    if (error instanceof StageError && error.code === 'unknown-bytes') return null
    throw error
  }
}

function plainIds(tokenizer: Tokenizer, text: string): number[] {
  const into = new Ids()
  tokenizer.encodeInto(text, into, { count: 0 })
  return [...into.slice()]
}

describe.skipIf(python === undefined)('tokenizers of random components', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-components-'))
  const count = 250
  let answers: readonly Answer[]

  beforeAll(async () => {
    writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts))
    await runPython('test/torch/python/check_components.py', [folder, String(count), '3'])
    answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')) as Answer[]
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  it('have the ids and texts of the library', { timeout: 120_000 }, () => {
    expect(answers).toHaveLength(count)
    let compared = 0
    for (const [number, answer] of answers.entries()) {
      const tokenizer = loadTokenizerFiles(join(folder, `${number}.json`))
      const same = (what: string, text: unknown, ours: unknown, theirs: unknown) => {
        if (ours === null || theirs === null) return
        expect({ number, what, text, is: ours }).toEqual({ number, what, text, is: theirs })
        compared++
      }
      for (const [i, text] of texts.entries()) {
        // The models of the library find special tokens in plain text; ours never do.
        const spelt = tokenizer.added.filter(({ special, content }) => special && text.includes(content))
        if (spelt.some(({ singleWord }) => singleWord)) continue
        same('found', text, ids(tokenizer, text, false), answer.found[i])
        same('wrapped', text, ids(tokenizer, text, true), answer.wrapped[i])
        if (spelt.length > 0) continue
        same('plain', text, plainIds(tokenizer, text), answer.plain[i])
      }
      for (const [i, sample] of answer.samples.entries()) {
        same('decoded', sample, tokenizer.decode(sample), answer.decoded[i])
        const stream = tokenizer.stream()
        const streamed = sample.map((id) => stream.push(id)).join('') + stream.end()
        same('streamed', sample, streamed, answer.decoded[i])
      }
    }
    expect(compared).toBeGreaterThan(50_000)
  })

  it('are written again byte for byte', () => {
    for (let number = 0; number < count; number += 10) {
      const path = join(folder, `${number}.json`)
      const again = mkdtempSync(join(folder, 'again-'))
      saveTokenizer(again, loadTokenizerFiles(path))
      expect(readFileSync(join(again, 'tokenizer.json'), 'utf8')).toBe(readFileSync(path, 'utf8'))
    }
  })
})
