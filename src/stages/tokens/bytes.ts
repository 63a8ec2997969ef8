/** The kind `bytes`: the tokenizer whose ids are the bytes of UTF-8. */

import { specialTokens } from '../../text/special.ts'
import { defineKind } from '../shared/define-kind.ts'
import { endOfTextSetting, specialProblem, specialSetting } from './special-settings.ts'

export const bytes = defineKind({
  name: 'bytes',
  version: 1,
  summary: 'A tokenizer whose ids are the bytes of UTF-8. It needs no training.',
  documentation: 'The ids 0 to 255 are the bytes; special tokens follow from 256. Every text can be encoded.',
  inputs: {},
  settings: { end_of_text: endOfTextSetting('<|endoftext|>'), special: specialSetting },
  positional: [],
  outputs({ settings, self }) {
    const specials = specialTokens(settings.end_of_text as string, settings.special as string[])
    const misfit = specialProblem(specials)
    if (misfit !== undefined) return misfit
    const special = specials.tokens
    const size = 256 + special.length
    return [{ name: 'out', type: { kind: 'Tokenizer', tokenizer: self, size, special } }]
  },
  resources: () => ({ cpus: 1, memory: 64 * 1024 ** 2 }),
  async run(stage) {
    const { bytesTokenizer } = await import('../../text/bytes.ts')
    const { saveTokenizer } = await import('../../text/load.ts')
    const special = specialTokens(stage.settings.end_of_text as string, stage.settings.special as string[])
    const tokenizer = bytesTokenizer(special)
    saveTokenizer(stage.outputs.out, tokenizer)
    return { metrics: { vocab: tokenizer.size }, summary: `256 bytes and ${special.tokens.length} special` }
  },
})
