/** Reads the normalizer of a tokenizer.json. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { toAlphabet } from '../bpe/byte-alphabet.ts'
import type { Normalize } from '../tokenizer.ts'
import { bertNormalizer, lowercase } from './bert.ts'
import { patternIn } from './pattern.ts'
import { precompiled } from './precompiled.ts'
import { asText, boolean, show, stepsIn, unsupported } from './problem.ts'

const utf8 = new TextEncoder()

const unicode = (form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD') => (): Normalize => (text) => text.normalize(form)

/** The function of each type of normalizer, which `Sequence` combines. */
const types: Readonly<Record<string, (step: JsonObject) => Normalize>> = {
  BertNormalizer: bertNormalizer,
  ByteLevel: () => (text) => toAlphabet(utf8.encode(text)),
  Lowercase: () => lowercase,
  NFC: unicode('NFC'),
  NFD: unicode('NFD'),
  NFKC: unicode('NFKC'),
  NFKD: unicode('NFKD'),
  Nmt: () => nmt,
  Precompiled: (step) => precompiled(asText(step.precompiled_charsmap, 'normalizer.precompiled_charsmap')),
  Prepend(step) {
    const before = asText(step.prepend, 'normalizer.prepend')
    return (text, place) => (text === '' || place === 'middle' ? text : before + text)
  },
  Replace(step) {
    const pattern = patternIn(step.pattern, 'normalizer.pattern')
    const content = asText(step.content, 'normalizer.content')
    return (text) => text.replace(pattern, () => content)
  },
  Strip(step) {
    const left = boolean(step, 'strip_left', true, 'normalizer')
    const right = boolean(step, 'strip_right', true, 'normalizer')
    return (text) => {
      const cut = left ? text.replace(/^\p{White_Space}+/u, '') : text
      return right ? cut.slice(0, endWithoutSpace(cut)) : cut
    }
  },
  StripAccents: () => (text) => text.replace(/\p{M}/gu, ''),
}

/** The normalizer as a function; `undefined` if it changes nothing. */
export function normalizerOf(json: Json | undefined): Normalize | undefined {
  const steps = stepsIn(json, 'normalizers', 'normalizer').map((step) => {
    const type = typeof step.type === 'string' && Object.hasOwn(types, step.type) ? types[step.type] : undefined
    if (type === undefined) throw unsupported(`its normalizer has the step ${show(step)}`)
    return type(step)
  })
  if (steps.length === 0) return undefined
  return (text, place) => steps.reduce((sofar, step) => step(sofar, place), text)
}

const space = /\p{White_Space}/u

/** The length of a text without the white space at its end. */
function endWithoutSpace(text: string): number {
  let end = text.length
  while (end > 0 && space.test(text[end - 1]!)) end--
  return end
}

const nmtBlanks = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g

/** Removes control characters except NUL, line ends and some of Latin-1, and makes white space and invisible characters blanks. */
function nmt(text: string): string {
  const kept = text.replace(/\p{Cc}/gu, (control) => (isRemoved(control.charCodeAt(0)) ? '' : control))
  return kept.replace(nmtBlanks, ' ')
}

function isRemoved(unit: number): boolean {
  if (unit < 0x20) return unit !== 0 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0c && unit !== 0x0d
  return unit === 0x7f || unit === 0x8f || unit === 0x9f
}
