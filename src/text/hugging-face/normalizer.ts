/** Reads the normalizer of a tokenizer.json. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { literal } from '../added.ts'
import { toJavaScript } from '../split/regex.ts'
import type { Normalize } from '../tokenizer.ts'
import { asObject, asText, show, stepsIn, unsupported } from './problem.ts'

/** The normalizer as a function; `undefined` if it changes nothing. */
export function normalizerOf(json: Json | undefined): Normalize | undefined {
  const steps = stepsIn(json, 'normalizers', 'normalizer').map(stepOf)
  if (steps.length === 0) return undefined
  return (text, place) => steps.reduce((sofar, step) => step(sofar, place), text)
}

function stepOf(step: JsonObject): Normalize {
  switch (step.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = step.type
      return (text) => text.normalize(form)
    }
    case 'Lowercase':
      // Lowers each character by itself, as Rust does: JavaScript writes a final sigma at the ends of words.
      return (text) => text.replace(/\p{Changes_When_Lowercased}/gu, (character) => character.toLowerCase())
    case 'StripAccents':
      return (text) => text.replace(/\p{M}/gu, '')
    case 'Strip': {
      const left = step.strip_left !== false
      const right = step.strip_right !== false
      return (text) => {
        const cut = left ? text.replace(/^\p{White_Space}+/u, '') : text
        return right ? cut.replace(/\p{White_Space}+$/u, '') : cut
      }
    }
    case 'Prepend': {
      const before = asText(step.prepend, 'normalizer.prepend')
      return (text, place) => (text === '' || place === 'middle' ? text : before + text)
    }
    case 'Replace': {
      const pattern = patternIn(step.pattern, 'normalizer.pattern')
      const content = asText(step.content, 'normalizer.content')
      return (text) => text.replace(pattern, () => content)
    }
    default:
      throw unsupported(`its normalizer has the step ${show(step)}`)
  }
}

/** Reads a pattern, `{ String }` or `{ Regex }`. */
export function patternIn(json: Json | undefined, what: string): RegExp {
  const { String: text, Regex: regex } = asObject(json, what)
  return text === undefined ? toJavaScript(asText(regex, what)) : new RegExp(literal(asText(text, what)), 'g')
}
