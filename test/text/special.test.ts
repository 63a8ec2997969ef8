/** Special tokens whose texts are words, or single characters. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as HuggingFace } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import type { TypedCall } from '../../src/core/kind/kind.ts'
import { bytes } from '../../src/stages/tokens/bytes.ts'
import { characters } from '../../src/stages/tokens/characters.ts'
import { trainBpe } from '../../src/stages/tokens/train_bpe.ts'
import { loadTokenizer } from '../../src/text/load.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const docs = rig.docs(Array.from({ length: 50 }, () => 'the user asked the users what a user uses'))
const typed = (params: TypedCall['params']): TypedCall => ({ inputs: {}, params, names: 1, self: 'me' })

describe('a special token that is a word of the corpus', () => {
  it('is never made of ordinary text, and loses no text', async () => {
    const { artefact } = await rig.run(trainBpe, { docs }, { vocab: 290, special: ['user', 'Ġuser'] })
    const tokenizer = loadTokenizer(artefact.path)
    const specials = [...tokenizer.special.values()]
    for (const text of ['user', ' user', 'the users', 'Ġuser', 'a user.']) {
      const ids = [...tokenizer.encode(text)]
      expect(ids.filter((id) => specials.includes(id))).toEqual([])
      expect(tokenizer.decode(ids)).toBe(text)
    }
    expect([...tokenizer.encode('a user', { special: ['user'] })]).toContain(tokenizer.special.get('user'))
  })

  it('has the ids of Hugging Face where special tokens are recognized', async () => {
    const { artefact } = await rig.run(trainBpe, { docs }, { vocab: 290, special: ['user'] })
    const tokenizer = loadTokenizer(artefact.path)
    const theirs = new HuggingFace(JSON.parse(readFileSync(join(artefact.path, 'tokenizer.json'), 'utf8')), {})
    for (const text of ['the user asked', 'users', 'user user'])
      expect([...tokenizer.encode(text, { special: 'all' })]).toEqual(theirs.encode(text).ids)
  })
})

describe('a special token that is a single character', () => {
  const defaults = { vocab: 400, pattern: 'gpt4', end_of_text: '<|endoftext|>', min_frequency: 2 }

  it.each(['s', ' ', 'Ġ', 'é', '👍'])(
    '%j is refused when compiling only where tokenizer.json writes a byte so',
    (token) => {
      const outputs = [
        trainBpe.outputs(typed({ ...defaults, special: [token] })),
        bytes.outputs(typed({ ...defaults, special: [token] })),
      ]
      for (const output of outputs) {
        if (token === ' ' || token === '👍') expect(output).toMatchObject([{ name: 'out' }])
        else
          expect(output).toMatchObject({
            code: 'invalid-setting',
            at: 'special',
            message: expect.stringContaining(JSON.stringify(token)),
          })
      }
      expect(bytes.outputs(typed({ ...defaults, end_of_text: 'x', special: [] }))).toMatchObject({ at: 'end_of_text' })
    },
  )

  it('is rejected by `characters` only if the documents contain that character', async () => {
    const run = (special: string) => rig.run(characters, { docs: rig.docs(['glass']) }, { special: [special] })
    await expect(run('s')).rejects.toThrow('"s" is also a character of the documents')
    const { artefact } = await run('z')
    expect(loadTokenizer(artefact.path).special.get('z')).toBe(4)
  })
})
