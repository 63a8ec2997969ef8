/** Texts by which two tokenizers are compared. */

import { Ids } from './ids.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Texts with everything in which splits differ. */
export const probes = [
  'Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse.',
  "I'll say it's what they've said: WE'RE, you'd, can't.  Two blanks,\ttabs\t\tand\n\nline ends\r\n ",
  'for (let i = 0; i < 1234567; i++) { x[i] += 3.14159 }\n    return "αβγ" // ½ ² Ⅷ',
  'Größe, naïve. Привет, мир! שלום עולם. नमस्ते 你好，世界！こんにちは 안녕하세요 👍🏽 🇩🇪',
  '',
]

/** The ids of a text with those that the tokenizer puts around it. */
export function idsOf(tokenizer: Tokenizer, text: string): Uint32Array {
  const into = new Ids()
  for (const id of tokenizer.wrap.before) into.push(id)
  tokenizer.encodeInto(text, into, { count: 0 })
  for (const id of tokenizer.wrap.after) into.push(id)
  return into.slice()
}
