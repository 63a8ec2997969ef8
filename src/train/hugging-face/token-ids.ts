/** Token ids in the JSON files of a folder: each has to be an id of the model's vocabulary. */

import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'

const names = ['bos_token_id', 'eos_token_id', 'pad_token_id'] as const

/** The default of GPT2Config in transformers for bos and eos, whatever the size of the vocabulary. */
const gpt2Default = 50_256

/**
 * Checks the token ids in `config`, the contents of `file`, against a vocabulary of `vocab` ids. Throws a StageError if one is
 * outside: no text would ever end there. Returns notes for people on ids that are ignored instead: the default of GPT2Config.
 * `null` and −1, which older versions of transformers wrote for "no such token", are allowed.
 */
export function checkTokenIds(file: string, config: JsonObject, vocab: number, modelType: string): string[] {
  const notes: string[] = []
  for (const name of names)
    for (const id of [config[name] ?? null].flat() as readonly Json[]) {
      if (id === null || id === -1 || (Number.isInteger(id) && Number(id) >= 0 && Number(id) < vocab)) continue
      const range = `the vocabulary has the ids 0 to ${vocab - 1}`
      if (id === gpt2Default && modelType === 'gpt2') {
        notes.push(`the ${name} of ${file} is ${id}, the default of transformers, and ${range}: it is ignored`)
        continue
      }
      throw new StageError(
        'damaged-weights',
        `the ${name} of ${file} is ${JSON.stringify(config[name])}, and ${range}`,
        `Set the id of the token in ${file} (tokenizer.json has the ids), or null if there is none.`,
      )
    }
  return notes
}
