/** The kind `characters`: a tokenizer with one id for each character of the documents. */

import { StageError } from '../../core/failure.ts'
import { specialTokens } from '../../text/special.ts'
import { defineKind } from '../shared/define-kind.ts'
import { endOfTextSetting, specialSetting } from './special-settings.ts'

export const characters = defineKind({
  name: 'characters',
  version: 1,
  summary: 'Makes a tokenizer with one id for each character of the documents.',
  documentation: `Characters are Unicode code points, in their order, from id 0; special tokens follow. Their number is known
once the documents are read. A character that the documents lack cannot be encoded, unless \`unknown\` names a token for it.`,
  inputs: { docs: { kinds: ['Docs'], description: 'The documents whose characters get ids.' } },
  settings: {
    end_of_text: endOfTextSetting(''),
    special: specialSetting,
    unknown: {
      type: 'string',
      default: '',
      description: 'The special token for unknown characters; with "" they are an error that lists them.',
    },
  },
  positional: ['docs'],
  outputs({ settings, self }) {
    const unknown = settings.unknown as string
    const others = [...(settings.special as string[]), ...(unknown === '' ? [] : [unknown])]
    const special = specialTokens(settings.end_of_text as string, others).tokens
    return [{ name: 'out', type: { kind: 'Tokenizer', tokenizer: self, size: { sizeOf: self }, special } }]
  },
  resources: () => ({ cpus: 1, memory: 256 * 1024 ** 2 }),
  async run(stage) {
    const { CharacterSet, charactersTokenizer } = await import('../../text/characters.ts')
    const { saveTokenizer } = await import('../../text/load.ts')
    const { documentTexts } = await import('./document-texts.ts')
    const set = new CharacterSet()
    for await (const text of documentTexts(stage, stage.inputs.docs, 'collecting characters')) set.add(text)
    const unknown = (stage.settings.unknown as string) || undefined
    const others = [...(stage.settings.special as string[]), ...(unknown === undefined ? [] : [unknown])]
    const special = specialTokens(stage.settings.end_of_text as string, others)
    const list = set.list()
    const both = special.tokens.find((token) => list.includes(token))
    if (both !== undefined) {
      throw new StageError(
        'special-character',
        `the special token ${JSON.stringify(both)} is also a character of the documents`,
        `Give it a text that is more than one character: "<|${both}|>".`,
      )
    }
    const tokenizer = charactersTokenizer(list, special, { unknown })
    saveTokenizer(stage.outputs.out, tokenizer)
    return { metrics: { vocab: tokenizer.size }, summary: `${tokenizer.size.toLocaleString('en-US')} characters` }
  },
})
