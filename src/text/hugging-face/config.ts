/** What of a tokenizer_config.json tells something about a tokenizer. */

import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/json.ts'
import { endOfTextNames } from '../special.ts'

type Token = string | { readonly content: string } | null

/** The fields that are read; anything else in it is left to others. */
export interface TokenizerConfig {
  readonly bos_token?: Token
  readonly eos_token?: Token
  readonly pad_token?: Token
  /** How many ids the tokenizer was declared to have: more than its tokens where training ran out of pairs. */
  readonly declared_vocab_size?: number
}

/** The ids of the tokens that a configuration names. */
export interface NamedTokens {
  readonly bos: number | undefined
  readonly pad: number | undefined
  /** The content of the token that ends a text. */
  readonly endOfText: string | undefined
}

/** The configuration in a file; a StageError where its fields are not of their types. */
export function configOf(json: Json): TokenizerConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong('it is not an object')
  const config = json as TokenizerConfig
  for (const name of ['bos_token', 'eos_token', 'pad_token'] as const) {
    const token = config[name] as Json | undefined
    const text = typeof token === 'object' && token !== null && 'content' in token ? token.content : token
    if (text !== undefined && text !== null && typeof text !== 'string')
      throw wrong(`its ${name} is ${JSON.stringify(token)}, not the text of a token`)
  }
  const size = config.declared_vocab_size
  if (size !== undefined && !(Number.isInteger(size) && size >= 0 && size <= 2 ** 24))
    throw wrong(`its declared_vocab_size is ${JSON.stringify(size)}, not a number of ids`)
  return config
}

/**
 * The tokens that the configuration names, by the ids that `idOf` knows. A configuration that says nothing of the end of a text
 * leaves it to the names it has elsewhere, and to the beginning what the tokenizer itself puts before a text.
 */
export function namedTokens(
  config: TokenizerConfig,
  idOf: (content: string) => number | undefined,
  first: number | undefined,
): NamedTokens {
  const find = (token: Token | undefined) => {
    const text = textOf(token)
    return text === undefined ? undefined : idOf(text)
  }
  const endOfText =
    config.eos_token === undefined ? endOfTextNames.find((name) => idOf(name) !== undefined) : textOf(config.eos_token)
  return {
    bos: config.bos_token === undefined ? first : find(config.bos_token),
    pad: find(config.pad_token),
    endOfText,
  }
}

function textOf(token: Token | undefined): string | undefined {
  return typeof token === 'object' ? token?.content : token
}

function wrong(why: string): StageError {
  return new StageError('damaged-tokenizer', `this tokenizer_config.json is damaged: ${why}`)
}
