/** Reads the fields of tokenizer_config.json that concern the tokenizer. */

import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/values/json.ts'
import { endOfTextNames } from '../special.ts'

/** A token in a configuration: its text, or an object with it. */
export type ConfigToken = string | { readonly content: string } | null

/** The fields that are read. */
export interface TokenizerConfig {
  readonly bos_token?: ConfigToken
  readonly eos_token?: ConfigToken
  readonly pad_token?: ConfigToken
  /** The declared number of ids. It exceeds the number of tokens if training ran out of pairs. */
  readonly declared_vocab_size?: number
}

/** The ids of the tokens that a configuration names. */
export interface NamedTokens {
  readonly bos: number | undefined
  readonly pad: number | undefined
  /** The content of the end-of-text token. */
  readonly endOfText: string | undefined
}

/** Checks the types of the fields. Throws a StageError `damaged-tokenizer`. */
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
 * The tokens that the configuration names, with their ids by `idOf`. If it has no end-of-text token, the common names of such a token are
 * tried; if it has no begin-of-text token, the id that the tokenizer puts before every text is used.
 */
export function namedTokens(
  config: TokenizerConfig,
  idOf: (content: string) => number | undefined,
  first: number | undefined,
): NamedTokens {
  const find = (token: ConfigToken | undefined) => {
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

function textOf(token: ConfigToken | undefined): string | undefined {
  return typeof token === 'object' ? token?.content : token
}

function wrong(why: string): StageError {
  return new StageError('damaged-tokenizer', `this tokenizer_config.json is corrupt: ${why}`)
}
