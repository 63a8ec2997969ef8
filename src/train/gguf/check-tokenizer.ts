/** Checks that the tokenizer of a GGUF file that was written gives the same ids, and that its chat template is the same. */

import { templateIn } from '../../text/chat/saved.ts'
import type { ChatTemplate } from '../../text/chat/template.ts'
import { tokenizerOf } from '../../text/gguf/read.ts'
import { unsupported } from '../../text/gguf/write.ts'
import { readTokenizer } from '../../text/load.ts'
import { idsOf, probes } from '../../text/probes.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { GgufFile } from './file.ts'

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
