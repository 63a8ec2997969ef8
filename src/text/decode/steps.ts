/** The steps of decoders, as in Hugging Face's `tokenizers`: each has the same texts as the step of this name there. */

import { fromAlphabet } from '../bpe/byte-alphabet.ts'
import type { DecodeStep, Flow } from './decoder.ts'

/** A step that changes each token by itself. `index`: the number of tokens before it. */
function each(change: (token: string, index: number) => string): DecodeStep {
  return {
    middle: (token) => change(token, 1),
    start() {
      let index = 0
      return { push: (token) => [change(token, index++)], end: () => [] }
    },
  }
}

/** Replaces the matches of a pattern. */
export function replace(pattern: RegExp, content: string): DecodeStep {
  return each((token) => token.replace(pattern, () => content))
}

/** Replaces the marks of blanks by blanks; `dropsFirst`: removes those of the first token. */
export function metaspace(mark: string, dropsFirst: boolean): DecodeStep {
  return each((token, index) => token.replaceAll(mark, index === 0 && dropsFirst ? '' : ' '))
}

/** Puts a blank before each token except the first and those that begin with `prefix`, which is removed. */
export function wordPiece(prefix: string, cleansUp: boolean): DecodeStep {
  return each((token, index) => {
    const joined = index === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`
    return cleansUp ? cleanedUp(joined) : joined
  })
}

/** Puts blanks between tokens: the text of a tokenizer without a decoder. */
export function blanksBetween(): DecodeStep {
  return each((token, index) => (index === 0 ? token : ` ${token}`))
}

/** Replaces `suffix`, which ends a word, by a blank, or by nothing in the last token. */
export function wordSuffix(suffix: string): DecodeStep {
  const swap = (token: string, by: string) => (suffix === '' ? token : token.replaceAll(suffix, by))
  return {
    middle: (token) => swap(token, ' '),
    start() {
      let held: string | undefined
      return {
        push(token) {
          const before = held
          held = token
          return before === undefined ? [] : [swap(before, ' ')]
        },
        end: () => (held === undefined ? [] : [swap(held, '')]),
      }
    },
  }
}

/** The decoder of connectionist temporal classification: drops repeated tokens and padding. */
export function ctc(pad: string, delimiter: string, cleansUp: boolean): DecodeStep {
  const change = (token: string) => {
    const bare = token.replaceAll(pad, '')
    return cleansUp ? cleanedUp(bare).replaceAll(delimiter, ' ') : bare
  }
  return {
    middle: change,
    start() {
      let last: string | undefined
      return {
        push(token) {
          if (token === last) return []
          last = token
          const text = change(token)
          return text === '' ? [] : [text]
        },
        end: () => [],
      }
    },
  }
}

/** Removes up to `start` characters `content` at the start of each token, and up to `stop` at its end. */
export function strip(content: string, start: number, stop: number): DecodeStep {
  const width = content.length
  const change = (token: string) => {
    let from = 0
    for (let i = 0; i < start && width > 0 && token.startsWith(content, from); i++) from += width
    let to = token.length
    for (let i = 0; i < stop && width > 0 && to - width >= from && token.endsWith(content, to); i++) to -= width
    return token.slice(from, to)
  }
  const inParts = (): Flow => {
    let left = start
    return {
      push(part) {
        let from = 0
        while (left > 0 && width > 0 && part.startsWith(content, from)) {
          from += width
          left--
        }
        if (from < part.length) left = 0
        return [part.slice(from)]
      },
      end: () => [],
    }
  }
  return { ...each(change), middle: (token) => token, ...(stop === 0 && { inParts }) }
}

/** Makes one token of all. */
export function fuse(): DecodeStep {
  const start = (): Flow => ({ push: (token) => [token], end: () => [] })
  return { fuses: true, middle: (token) => token, start, inParts: start }
}

/** The byte of a token such as `<0x0A>`; `undefined` for other tokens. */
export function byteOfName(token: string): number | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2}|\+[0-9A-Fa-f])>$/.exec(token)?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 16)
}

/**
 * Decodes runs of byte tokens such as `<0xE2><0x82><0xAC>`. A run that is not UTF-8 becomes a U+FFFD for each byte, so that a run is held
 * back until it ends.
 */
export function byteFallback(): DecodeStep {
  return {
    middle: (token) => token,
    start() {
      let run: number[] = []
      const flush = (): string[] => {
        if (run.length === 0) return []
        const bytes = Uint8Array.from(run)
        run = []
        try {
          return [strict.decode(bytes)]
        } catch {
          return Array.from(bytes, () => '\ufffd')
        }
      }
      return {
        push(token) {
          const byte = byteOfName(token)
          if (byte === undefined) return [...flush(), token]
          run.push(byte)
          return []
        },
        end: flush,
      }
    },
  }
}

/** Decodes GPT-2's byte alphabet. A token with other characters stands for its own text. */
export function byteLevel(): DecodeStep {
  return {
    fuses: true,
    middle: (token) => lossy.decode(bytesOf(token)),
    start() {
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      return {
        push: (token) => [decoder.decode(bytesOf(token), { stream: true })],
        end: () => [decoder.decode()],
      }
    },
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })
const utf8 = new TextEncoder()

function bytesOf(token: string): Uint8Array {
  return fromAlphabet(token) ?? utf8.encode(token)
}

/** Removes blanks before punctuation and in English contractions. */
function cleanedUp(text: string): string {
  return text
    .replaceAll(' .', '.')
    .replaceAll(' ?', '?')
    .replaceAll(' !', '!')
    .replaceAll(' ,', ',')
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(' do not', " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re")
}
