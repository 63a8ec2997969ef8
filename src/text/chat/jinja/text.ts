/**
 * Text that knows the origins of its characters. A template writes some characters of a prompt and takes others from messages, and a
 * special token counts only where the template wrote it. Every operation keeps origins: a slice of a message is from the message, and a
 * concatenation has the origins of its parts.
 */

import { checkLength } from './limits.ts'

/**
 * The origin of characters that the template did not write. `given`: a message or a tool; `name`: a role of letters, digits, `_` and `-`,
 * which templates put between the marks of a special token (`'<|' + message.role + '|>'`).
 */
export type Origin = 'name' | 'given'

/** The range from `start` up to `end`, in UTF-16 units, with one origin. */
export interface Mark {
  readonly start: number
  readonly end: number
  readonly origin: Origin
}

const none: readonly Mark[] = []

export class Text {
  readonly value: string
  /** In order, without overlaps, not empty. The template wrote the characters that have no mark. */
  readonly marks: readonly Mark[]

  constructor(value: string, marks: readonly Mark[] = none) {
    checkLength(value.length)
    this.value = value
    this.marks = marks
  }

  /** A text with one origin. */
  static of(value: string, origin: Origin): Text {
    return new Text(value, value === '' ? none : [{ start: 0, end: value.length, origin }])
  }

  /** The range from `start` up to `end`, in UTF-16 units, both within the text. */
  slice(start: number, end = this.value.length): Text {
    if (start >= end) return empty
    const value = this.value.slice(start, end)
    const { marks } = this
    if (marks.length === 0) return new Text(value)
    const kept: Mark[] = []
    for (const mark of marks) {
      const from = Math.max(mark.start, start)
      const to = Math.min(mark.end, end)
      if (from < to) kept.push({ start: from - start, end: to - start, origin: mark.origin })
    }
    return new Text(value, kept)
  }

  /** The pieces of the text, each with one origin; `undefined` for pieces that the template wrote. */
  pieces(): { readonly text: string; readonly origin: Origin | undefined }[] {
    const { value, marks } = this
    const pieces: { text: string; origin: Origin | undefined }[] = []
    let done = 0
    const add = (end: number, origin: Origin | undefined) => {
      if (end > done) pieces.push({ text: value.slice(done, end), origin })
      done = end
    }
    for (const { start, end, origin } of marks) {
      add(start, undefined)
      add(end, origin)
    }
    add(value.length, undefined)
    return pieces
  }

  /** Replaces each code point by the text that `replace` returns. The origin stays. */
  translate(replace: (character: string) => string): Text {
    const builder = new TextBuilder()
    for (const { text, origin } of this.pieces()) {
      let translated = ''
      for (const character of text) translated += replace(character)
      builder.add(origin === undefined ? new Text(translated) : Text.of(translated, origin))
    }
    return builder.text()
  }

  /**
   * Applies `change`. If it changes the pieces of each origin in the same way as the whole text, origins stay. Otherwise the whole result
   * has the strongest origin in the text.
   */
  change(change: (value: string) => string): Text {
    const whole = change(this.value)
    if (this.marks.length === 0) return new Text(whole)
    const changed = this.pieces().map(({ text, origin }) => ({ text: change(text), origin }))
    if (changed.map(({ text }) => text).join('') === whole)
      return concat(changed.map(({ text, origin }) => (origin === undefined ? new Text(text) : Text.of(text, origin))))
    return Text.of(whole, this.marks.some(({ origin }) => origin === 'given') ? 'given' : 'name')
  }

  repeat(times: number): Text {
    if (times <= 0) return empty
    checkLength(this.value.length * times)
    if (this.marks.length === 0) return new Text(this.value.repeat(times))
    return concat(new Array<Text>(times).fill(this))
  }

  toString(): string {
    return this.value
  }
}

export const empty = new Text('')

/** Builds a text piece by piece. */
export class TextBuilder {
  readonly #parts: string[] = []
  readonly #marks: Mark[] = []
  #length = 0

  add(text: Text): void {
    if (text.value === '') return
    const at = this.#length
    this.#length += text.value.length
    checkLength(this.#length)
    this.#parts.push(text.value)
    for (const { start, end, origin } of text.marks) {
      const last = this.#marks.at(-1)
      if (last !== undefined && last.end === at + start && last.origin === origin)
        this.#marks[this.#marks.length - 1] = { start: last.start, end: at + end, origin }
      else this.#marks.push({ start: at + start, end: at + end, origin })
    }
  }

  text(): Text {
    return new Text(this.#parts.join(''), this.#marks)
  }
}

export function concat(texts: readonly Text[]): Text {
  const builder = new TextBuilder()
  for (const text of texts) builder.add(text)
  return builder.text()
}

/** Joins texts with `separator` between them. */
export function join(texts: readonly Text[], separator: Text): Text {
  return concat(texts.flatMap((text, i) => (i === 0 ? [text] : [separator, text])))
}
