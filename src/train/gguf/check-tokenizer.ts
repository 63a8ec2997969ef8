/** Checks that the tokenizer of a GGUF file that was written gives the same ids, and that its chat template is the same. */

import { templateIn } from '../../text/chat/saved.ts'
import type { ChatTemplate } from '../../text/chat/template.ts'
import { tokenizerOf } from '../../text/gguf/read.ts'
import { unsupported } from '../../text/gguf/write.ts'
import { Ids } from '../../text/ids.ts'
import { readTokenizer } from '../../text/load.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { GgufFile } from './file.ts'

/** Texts with everything in which splits differ. */
const probes = [
  'Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse.',
  "I'll say it's what they've said: WE'RE, you'd, can't.  Two blanks,\ttabs\t\tand\n\nline ends\r\n ",
  'for (let i = 0; i < 1234567; i++) { x[i] += 3.14159 }\n    return "αβγ" // ½ ² Ⅷ',
  'Größe, naïve. Привет, мир! שלום עולם. नमस्ते 你好，世界！こんにちは 안녕하세요 👍🏽 🇩🇪',
  '',
]

/** Metaspace puts no blank before a text that begins with one; llama.cpp does. */
const blankFirst = ' begins with a blank'

/**
 * Reads the tokenizer in the file as llama.cpp does, from its tokens and merges. Throws a StageError if it has other ids than the tokenizer
 * that was to be written, or another chat template. Returns notes for people on a difference that remains.
 */
export function checkTokenizer(path: string, tokenizer: Tokenizer, template: ChatTemplate | undefined): string[] {
  const file = new GgufFile(path)
  file.close()
  const metadata = new Map(file.metadata)
  metadata.delete('tokenizer.huggingface.json')
  const { tokenizer: text, config } = tokenizerOf(metadata)
  const read = readTokenizer(text, JSON.stringify(config), tokenizer.size)
  const isSame = (text: string) => idsOf(tokenizer, text).join() === idsOf(read, text).join()
  for (const probe of probes) {
    if (!isSame(probe)) throw unsupported(`llama.cpp would have other ids for ${JSON.stringify(probe.slice(0, 40))}`)
  }
  for (const [token, id] of tokenizer.special)
    if (read.special.get(token) !== id) throw unsupported(`the special token ${JSON.stringify(token)} would get lost`)
  const again = templateIn(config, [...read.special.keys()])
  if (again?.jinja !== template?.jinja) throw unsupported('its chat template would get lost')
  return isSame(blankFirst) ? [] : ['llama.cpp puts one more blank before a text that begins with a blank']
}

function idsOf(tokenizer: Tokenizer, text: string): Uint32Array {
  const into = new Ids()
  for (const id of tokenizer.wrap.before) into.push(id)
  tokenizer.encodeInto(text, into, { count: 0 })
  for (const id of tokenizer.wrap.after) into.push(id)
  return into.slice()
}
