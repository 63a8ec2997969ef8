/** Identifies the language of a text with lid.176.ftz, the model of fastText that CCNet, RefinedWeb and FineWeb use in its larger form. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../core/values/sha256.ts'
import { FastText } from './fasttext.ts'

/** A language by its code in lid.176 (ISO 639-1, or 639-3 for languages without two letters), and its probability from 0 to 1. */
export interface Language {
  readonly language: string
  readonly score: number
}

/** The language of texts without a letter: undetermined, in ISO 639-2. */
const undetermined: Language = { language: 'und', score: 0 }

/** The SHA-256 of the model. */
const digest = '8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83'

let model: FastText | undefined

/** The language of a text. Line ends count as spaces, as in datatrove. A text without a letter is `und`, with a score of 0. */
export function languageOf(text: string): Language {
  if (!/\p{L}/u.test(text)) return undetermined
  model ??= loadModel()
  const { label, probability } = model.predict(text)
  // Five digits, so that the last bits of a sum do not get into documents.
  return { language: label, score: Number(probability.toFixed(5)) }
}

function loadModel(): FastText {
  const file = modelFile()
  const bytes = readFileSync(file)
  // The setting `model`, which is in the key, stands for these bytes.
  if (sha256(bytes) !== digest) throw new Error(`${file} is not lid.176.ftz: install llmpipe again`)
  return new FastText(bytes)
}

/** The path of the model: beside this file among the sources, and in dist/ of the package. */
export function modelFile(): string {
  const here = import.meta.dirname
  const places = [here, join(here, '..')].map((folder) => join(folder, 'lid.176.ftz'))
  const found = places.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`lid.176.ftz, the model of identify_language, is missing beside ${here}`)
  return found
}
