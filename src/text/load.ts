/** Reads and writes tokenizers: the Tokenizer artefact (`tokenizer.json` and `tokenizer_config.json`), and published files. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StageError } from '../core/failure.ts'
import type { Json, JsonObject } from '../core/values/json.ts'
import { configOf } from './hugging-face/config.ts'
import { readSentencePiece } from './sentencepiece/model-file.ts'
import { toTokenizerJson as fromSentencePiece } from './sentencepiece/to-tokenizer-json.ts'
import { encodings, parseTiktoken, tiktokenTokenizer } from './tiktoken.ts'
import type { Tokenizer } from './tokenizer.ts'
import { fromTokenizerJson, toTokenizerConfig, toTokenizerJson } from './tokenizer-json.ts'

/** The files of the artefact. Artefacts that depend on a tokenizer have copies of them. */
export const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json'] as const

/** Writes the artefact. Equal tokenizers give equal bytes; a tokenizer that was read is written back byte for byte. */
export function saveTokenizer(folder: string, tokenizer: Tokenizer): void {
  const { source } = tokenizer
  const written = (json: JsonObject) => `${JSON.stringify(json, null, 1)}\n`
  writeFileSync(join(folder, 'tokenizer.json'), source?.tokenizer ?? written(toTokenizerJson(tokenizer)))
  const config = toTokenizerConfig(tokenizer)
  const read = source?.config
  const same = read !== undefined && JSON.stringify(JSON.parse(read)) === JSON.stringify(config)
  writeFileSync(join(folder, 'tokenizer_config.json'), same ? read : written(config))
}

/** The tokenizer in a folder: in a Tokenizer artefact, or in an artefact that has a copy (Tokens, Weights). */
export function loadTokenizer(folder: string): Tokenizer {
  const config = join(folder, 'tokenizer_config.json')
  return loadTokenizerFiles(join(folder, 'tokenizer.json'), existsSync(config) ? config : undefined)
}

/**
 * The tokenizer in a `tokenizer.json`, with its `tokenizer_config.json` if there is one, in a `.tiktoken` file, or in a SentencePiece `.model`. `size`: the number of
 * ids, if it is known from elsewhere, such as from the rows of a model's embedding. Throws a StageError for files it cannot read.
 */
export function loadTokenizerFiles(path: string, configPath?: string, name = basename(path), size?: number): Tokenizer {
  if (name.endsWith('.model')) {
    const given = configPath === undefined ? undefined : readFileSync(configPath, 'utf8')
    const settings = given === undefined ? {} : (parse('tokenizer_config.json', given) as JsonObject)
    const { tokenizer, config } = fromSentencePiece(readSentencePiece(readFileSync(path)), settings)
    return readTokenizer(JSON.stringify(tokenizer), given ?? JSON.stringify(config), size, name)
  }
  const text = readFileSync(path, 'utf8')
  if (name.endsWith('.tiktoken')) {
    const encoding = encodings.get(basename(name, '.tiktoken'))
    if (encoding === undefined) {
      throw new StageError(
        'unsupported-tokenizer',
        `${name} contains ranks only, not the split pattern and the special tokens`,
        `These encodings are known by the names of their files: ${[...encodings.keys()].join(', ')}.`,
      )
    }
    return tiktokenTokenizer(parseTiktoken(text), encoding)
  }
  const config = configPath === undefined ? undefined : readFileSync(configPath, 'utf8')
  return readTokenizer(text, config, size, name)
}

/** The tokenizer of the texts of a tokenizer.json and a tokenizer_config.json. */
export function readTokenizer(text: string, config?: string, size?: number, name = 'tokenizer.json'): Tokenizer {
  const read = config === undefined ? {} : configOf(parse('tokenizer_config.json', config))
  const declared = size === undefined ? {} : { declared_vocab_size: size }
  return fromTokenizerJson(parse(name, text), { ...read, ...declared }, { tokenizer: text, config })
}

function parse(path: string, text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw new StageError('unsupported-tokenizer', `${basename(path)} is not JSON: ${(error as Error).message}`)
  }
}
