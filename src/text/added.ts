/**
 * Added tokens: texts that have an id of their own, found in a text before it is split and merged. Special ones stand for
 * what is no text (the end of a document, a turn of a chat), others for text (`<think>`, runs of blanks).
 */

import { wordCharacter } from './split/word.ts'

export interface AddedToken {
  readonly id: number
  readonly content: string
  /** Whether it stands for what is no text: then it is found only where special tokens are asked for. */
  readonly special: boolean
  /** Found only where no word character (`\w`) stands beside it. */
  readonly singleWord: boolean
  /** Takes the white space before it, or after it, along. */
  readonly lstrip: boolean
  readonly rstrip: boolean
  /** Looked for in the normalized text, and not in the text as it is. */
  readonly normalized: boolean
}

/** An added token without any rule of its own. */
export function plainAdded(content: string, id: number, special: boolean): AddedToken {
  return { id, content, special, singleWord: false, lstrip: false, rstrip: false, normalized: false }
}

/**
 * Where a piece of text stands: it begins a text, it follows an added token, or it goes on from text that is encoded apart (an
 * answer after its prompt). Some tokenizers put a blank before a text: never before one that goes on.
 */
export type Place = 'start' | 'between' | 'middle'

/** What is done with the pieces of a text, in their order: the text between tokens, and the tokens. */
export interface Found {
  /** A piece without added tokens. */
  text(piece: string, place: Place): void
  token(token: AddedToken): void
}

/** Finds added tokens in texts: the leftmost first, of several that begin at one place the longest. */
export class AddedFinder {
  readonly #root = new Branch()
  /** 1 for the UTF-16 units that tokens begin with. */
  readonly #begins = new Uint8Array(0x10000)

  /** `spelling` gives what a token looks like in the texts to come, if it is not its content. */
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
   * Hands on the pieces of a text. Tokens for which `wanted` is false are text; it is told where one begins. `sought`, as long as the
   * text, is where tokens are looked for; `place` is where the text stands.
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
      if (token.lstrip) while (start > done && space.test(text[start - 1]!)) start--
      if (token.rstrip) while (end < text.length && space.test(text[end]!)) end++
      if (start > done) found.text(text.slice(done, start), here)
      found.token(token)
      done = end
      here = 'between'
    }
    if (done < text.length) found.text(done === 0 ? text : text.slice(done), here)
  }

  /** The longest token that begins at `at`. */
  #longest(text: string, at: number): { readonly token: AddedToken; readonly length: number } | undefined {
    let branch: Branch | undefined = this.#root
    let best: { token: AddedToken; length: number } | undefined
    for (let end = at; end < text.length; ) {
      branch = branch.next.get(text.charCodeAt(end++))
      if (branch === undefined) break
      if (branch.token !== undefined) best = { token: branch.token, length: end - at }
    }
    return best
  }
}

/** What tokens go on with after a beginning that they share. */
class Branch {
  readonly next = new Map<number, Branch>()
  token: AddedToken | undefined

  grow(unit: number): Branch {
    const known = this.next.get(unit)
    if (known !== undefined) return known
    const grown = new Branch()
    this.next.set(unit, grown)
    return grown
  }
}

const space = /\p{White_Space}/u

function standsAlone(text: string, start: number, end: number): boolean {
  return !wordCharacter(text, start - 1, true) && !wordCharacter(text, end, false)
}

/** A regular expression that matches this text and no other. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
