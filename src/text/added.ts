/**
 * Added tokens: texts with an id of their own, which are found before a text is split and merged. Special tokens mark structure (the end
 * of a document, a turn of a chat); other added tokens are text (`<think>`, runs of blanks).
 */

import { wordCharacter } from './split/word.ts'

export interface AddedToken {
  readonly id: number
  readonly content: string
  /** Whether the token marks structure. Special tokens are found only if the caller asks for them. */
  readonly special: boolean
  /** Whether the token is found only without a word character (`\w`) next to it. */
  readonly singleWord: boolean
  /** Whether the token includes the white space before it (`lstrip`) or after it (`rstrip`). */
  readonly lstrip: boolean
  readonly rstrip: boolean
  /** Whether the token is searched in the normalized text, and not in the original text. */
  readonly normalized: boolean
}

/** An added token without rules of its own. */
export function plainAdded(content: string, id: number, special: boolean): AddedToken {
  return { id, content, special, singleWord: false, lstrip: false, rstrip: false, normalized: false }
}

/**
 * The position of a piece of text: at the start of a text, between added tokens, or in the middle of a text whose parts are encoded
 * separately (an answer after its prompt). Some tokenizers put a blank before a text, but never in the middle.
 */
export type Place = 'start' | 'between' | 'middle'

/** Receives the pieces of a text in order: the tokens, and the texts between them. */
export interface Found {
  /** Receives a piece without added tokens. */
  text(piece: string, place: Place): void
  token(token: AddedToken): void
}

/** Finds added tokens in texts, from left to right. If several tokens begin at one position, the longest wins. */
export class AddedFinder {
  readonly #root = new TrieNode()
  /** 1 for each UTF-16 unit with which a token begins. */
  readonly #begins = new Uint8Array(0x10000)

  /** `spelling`: the form of a token in the texts that are searched, if it differs from its content. */
  constructor(tokens: readonly AddedToken[], spelling: (content: string) => string = (content) => content) {
    for (const token of tokens) {
      const text = spelling(token.content)
      if (text === '') continue
      this.#begins[text.charCodeAt(0)] = 1
      let branch = this.#root
      for (let i = 0; i < text.length; i++) branch = branch.grow(text.charCodeAt(i))
      branch.token ??= token
    }
  }

  /**
   * Passes the pieces of a text to `found`. `wanted` receives a token and its position; tokens for which it returns false are text.
   * `sought`: a text of the same length in which tokens are searched instead; `place`: the position of the text.
   */
  find(
    text: string,
    wanted: (token: AddedToken, at: number) => boolean,
    found: Found,
    sought = text,
    place: Place = 'start',
  ): void {
    let done = 0
    let here = place
    for (let at = 0; at < sought.length; ) {
      const match = this.#begins[sought.charCodeAt(at)] === 1 ? this.#longest(sought, at) : undefined
      if (match === undefined) {
        at++
        continue
      }
      const { token, length } = match
      let start = at
      let end = at + length
      at = end
      if (!wanted(token, start) || (token.singleWord && !standsAlone(text, start, end))) continue
      if (token.lstrip) {
        while (start > done && space.test(text[start - 1]!)) start--
        start = Math.max(start, done)
      }
      if (token.rstrip) while (end < text.length && space.test(text[end]!)) end++
      if (start > done) found.text(text.slice(done, start), here)
      // The token before may have included this one with the white space after it.
      if (start < end) found.token(token)
      done = end
      here = 'between'
    }
    if (done < text.length) found.text(done === 0 ? text : text.slice(done), here)
  }

  /** The longest token that begins at `at`. */
  #longest(text: string, at: number): { readonly token: AddedToken; readonly length: number } | undefined {
    let branch: TrieNode | undefined = this.#root
    let best: { token: AddedToken; length: number } | undefined
    for (let end = at; end < text.length; ) {
      branch = branch.next.get(text.charCodeAt(end++))
      if (branch === undefined) break
      if (branch.token !== undefined) best = { token: branch.token, length: end - at }
    }
    return best
  }
}

/** A node of the trie of tokens. */
class TrieNode {
  readonly next = new Map<number, TrieNode>()
  token: AddedToken | undefined

  grow(unit: number): TrieNode {
    const known = this.next.get(unit)
    if (known !== undefined) return known
    const grown = new TrieNode()
    this.next.set(unit, grown)
    return grown
  }
}

const space = /\p{White_Space}/u

function standsAlone(text: string, start: number, end: number): boolean {
  return !wordCharacter(text, start - 1, true) && !wordCharacter(text, end, false)
}

/** A regular expression that matches exactly this text. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
