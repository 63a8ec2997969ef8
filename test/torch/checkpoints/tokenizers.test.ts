/**
 * Our tokenizers beside those of Python: Hugging Face's `tokenizers` (training and encoding) and OpenAI's `tiktoken`.
 * Runs where LLMPIPE_PYTHON names a Python that has both; with UPDATE=1 it writes ../text/golden/hugging-face-merges.json anew.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
import r50k from 'js-tiktoken/ranks/r50k_base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { CharacterSet, charactersTokenizer } from '../../../src/text/characters.ts'
import { saveTokenizer } from '../../../src/text/load.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { namedPatterns } from '../../../src/text/split/splitter.ts'
import { encodings, parseTiktoken, tiktokenTokenizer } from '../../../src/text/tiktoken.ts'
import type { Tokenizer } from '../../../src/text/tokenizer.ts'
import { rankFile } from '../../text/ranks.ts'
import { anyText, corpus, samples } from '../../text/samples.ts'
import { trained } from '../../text/trained.ts'
import { runPython } from '../run-python.ts'

const python = process.env.LLMPIPE_PYTHON
const golden = new URL('../../text/golden/hugging-face-merges.json', import.meta.url)

interface Answers {
  readonly merges: Readonly<Record<string, string[]>>
  readonly ids: Readonly<Record<string, number[][]>>
  readonly decoded: Readonly<Record<string, string[]>>
  readonly tiktoken: Readonly<Record<string, number[][]>>
}

const texts = [...Object.values(samples), 'a\u0085b \ufeffc', ...fc.sample(anyText, { numRuns: 2000, seed: 20 })]
const special = specialTokens('<|endoftext|>', ['<|im_start|>'])
const characters = new CharacterSet()
for (const text of texts) characters.add(text)
const ranks = { r50k_base: rankFile(r50k.bpe_ranks), cl100k_base: rankFile(cl100k.bpe_ranks) }
const openAi = (name: keyof typeof ranks) => tiktokenTokenizer(parseTiktoken(ranks[name]), encodings.get(name)!)

const tokenizers: Readonly<Record<string, Tokenizer>> = {
  bytes: bytesTokenizer(special),
  characters: charactersTokenizer(characters.list(), specialTokens('', [])),
  unknown: charactersTokenizer(['a', ' '], specialTokens('', ['<unk>']), { unknown: '<unk>' }),
  gpt2: trained(corpus, { pattern: namedPatterns.gpt2, tokens: 700 }),
  gpt4: trained(corpus, { pattern: namedPatterns.gpt4, tokens: 700, size: 800 }),
  r50k_base: openAi('r50k_base'),
  cl100k_base: openAi('cl100k_base'),
}

describe.skipIf(python === undefined)('Python', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-python-'))
  let answers: Answers

  beforeAll(async () => {
    for (const [name, tokenizer] of Object.entries(tokenizers)) {
      mkdirSync(join(folder, name))
      saveTokenizer(join(folder, name), tokenizer)
    }
    for (const [name, file] of Object.entries(ranks)) writeFileSync(join(folder, `${name}.tiktoken`), file)
    const rankCases = Object.keys(ranks).map((name) => {
      const { pattern, special } = encodings.get(name)!
      return [name, { file: `${name}.tiktoken`, pattern, special }]
    })
    const cases = {
      corpus,
      texts,
      patterns: namedPatterns,
      tokenizers: Object.keys(tokenizers),
      ranks: Object.fromEntries(rankCases),
    }
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases))
    await runPython('test/torch/python/check_tokenizers.py', [folder])
    answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')) as Answers
    if (process.env.UPDATE === '1') writeFileSync(golden, `${JSON.stringify(answers.merges, null, 1)}\n`)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('learns the merges of the golden file', () => {
    expect(answers.merges).toEqual(JSON.parse(readFileSync(golden, 'utf8')))
  })

  it.each(Object.keys(tokenizers))('has our ids with %s', (name) => {
    const ours = tokenizers[name]!
    for (const [i, text] of texts.entries()) {
      expect({ text, ids: answers.ids[name]![i] }).toEqual({ text, ids: [...ours.encode(text)] })
      expect(answers.decoded[name]![i]).toBe(ours.decode(ours.encode(text)))
    }
  })

  it.each(Object.keys(ranks))('tiktoken has our ids with %s', (name) => {
    for (const [i, text] of texts.entries()) {
      expect({ text, ids: answers.tiktoken[name]![i] }).toEqual({ text, ids: [...tokenizers[name]!.encode(text)] })
    }
  })
})
