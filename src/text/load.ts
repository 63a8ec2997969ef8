/** Tokenizers on disk: the Tokenizer artefact (`tokenizer.json` and `tokenizer_config.json`), and files of others. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StageError } from '../core/failure.ts'
import type { Json } from '../core/json.ts'
import { encodings, parseTiktoken, tiktokenTokenizer } from './tiktoken.ts'
import type { Tokenizer } from './tokenizer.ts'
import { fromTokenizerJson, type TokenizerConfig, toTokenizerConfig, toTokenizerJson } from './tokenizer-json.ts'

/** The files of the artefact: what an artefact that depends on a tokenizer carries a copy of. */
export const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json'] as const

/** Writes the artefact. The same tokenizer gives the same bytes. */
export function saveTokenizer(folder: string, tokenizer: Tokenizer): void {
  writeFileSync(join(folder, 'tokenizer.json'), `${JSON.stringify(toTokenizerJson(tokenizer), null, 1)}\n`)
  writeFileSync(join(folder, 'tokenizer_config.json'), `${JSON.stringify(toTokenizerConfig(tokenizer), null, 1)}\n`)
}

/** The tokenizer in a folder: of the artefact, or of anything that carries a copy of it (Tokens, Weights). */
export function loadTokenizer(folder: string): Tokenizer {
  const config = join(folder, 'tokenizer_config.json')
  return loadTokenizerFiles(join(folder, 'tokenizer.json'), existsSync(config) ? config : undefined)
}

/** The tokenizer of a `tokenizer.json`, with its `tokenizer_config.json` if there is one, or of a `.tiktoken` file. */
export function loadTokenizerFiles(path: string, configPath?: string, name = basename(path)): Tokenizer {
  const text = readFileSync(path, 'utf8')
  if (name.endsWith('.tiktoken')) {
    const encoding = encodings[basename(name, '.tiktoken')]
    if (encoding === undefined) {
      throw new StageError(
        'unsupported-tokenizer',
        `the ranks of ${name} say nothing of its split pattern and special tokens`,
        `Known by their file names are ${Object.keys(encodings).join(', ')}.`,
      )
    }
    return tiktokenTokenizer(parseTiktoken(text), encoding)
  }
  const config = configPath === undefined ? {} : parse(configPath, readFileSync(configPath, 'utf8'))
  return fromTokenizerJson(parse(name, text), config as TokenizerConfig)
}

function parse(path: string, text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw new StageError('unsupported-tokenizer', `${basename(path)} is not JSON: ${(error as Error).message}`)
  }
}
