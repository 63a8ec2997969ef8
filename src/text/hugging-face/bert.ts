/** BERT's normalizer. */

import type { JsonObject } from '../../core/values/json.ts'
import type { Normalize } from '../tokenizer.ts'
import { boolean } from './problem.ts'

/** The blocks that BERT takes for Chinese characters. */
const chinese =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu
/** Control characters, formats, surrogates and private use, except the three that count as white space. */
const controls = /(?![\t\n\r])[\0\ufffd\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu
const spaces = /\p{White_Space}/gu

/** Lowers each character by itself, as Rust does: JavaScript writes a final sigma at the ends of words. */
export function lowercase(text: string): string {
  return text.replace(/\p{Changes_When_Lowercased}/gu, (character) => character.toLowerCase())
}

/** Cleans text, puts blanks around Chinese characters, strips accents and lowers letters, each if the step says so. */
export function bertNormalizer(step: JsonObject): Normalize {
  const lowers = boolean(step, 'lowercase', true, 'normalizer')
  const changes: ((text: string) => string)[] = []
  if (boolean(step, 'clean_text', true, 'normalizer'))
    changes.push((text) => text.replace(controls, '').replace(spaces, ' '))
  if (boolean(step, 'handle_chinese_chars', true, 'normalizer')) changes.push((text) => text.replace(chinese, ' $& '))
  if (boolean(step, 'strip_accents', lowers, 'normalizer'))
    changes.push((text) => text.normalize('NFD').replace(/\p{Mn}/gu, ''))
  if (lowers) changes.push(lowercase)
  return (text) => changes.reduce((sofar, change) => change(sofar), text)
}
