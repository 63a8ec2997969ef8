/** The kind `bytes`: the tokenizer whose ids are the bytes of UTF-8. */

import type { StageReport } from '../../core/report.ts'
import type { StageModule } from '../../core/stage.ts'
import { specialTokens } from '../../text/special.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import { endOfTextSetting, specialProblem, specialSetting } from './special-settings.ts'

export const bytes: Kind = {
  name: 'bytes',
  version: 1,
  summary: 'The tokenizer whose ids are the bytes of UTF-8; it needs no training.',
  documentation: 'The ids 0 to 255 are the bytes; special tokens follow from 256. Every text can be encoded.',
  shape: 'stage',
  inputs: {},
  settings: { properties: { end_of_text: endOfTextSetting('<|endoftext|>'), special: specialSetting } },
  positional: [],
  outputs({ params, self }) {
    const specials = specialTokens(params.end_of_text as string, params.special as string[])
    const misfit = specialProblem(specials)
    if (misfit !== undefined) return misfit
    const special = specials.tokens
    const size = 256 + special.length
    return [{ name: 'out', type: { kind: 'Tokenizer', tokenizer: self, size, special } }]
  },
  resources: () => ({ cpus: 1, memory: 64 * 1024 ** 2 }),
  async load(): Promise<StageModule<StageServices>> {
    const { bytesTokenizer } = await import('../../text/bytes.ts')
    const { saveTokenizer } = await import('../../text/load.ts')
    return {
      async run(stage): Promise<StageReport> {
        const special = specialTokens(stage.params.end_of_text as string, stage.params.special as string[])
        const tokenizer = bytesTokenizer(special)
        saveTokenizer(stage.outputs.out!, tokenizer)
        return { metrics: { vocab: tokenizer.size }, summary: `256 bytes and ${special.tokens.length} special` }
      },
    }
  },
}
