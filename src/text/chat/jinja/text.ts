/**
 * Text that knows where its characters come from. A template writes some of a prompt itself, and takes the rest from messages;
 * a special token counts only where the template wrote it. Every operation on text keeps the origins: a slice of a message is of
 * the message, a concatenation has the origins of its parts.
 */

import { checkLength } from './limits.ts'

/**
 * Where characters that the template did not write come from: `given`, out of a message or a tool; `name`, a role of letters,
 * digits, `_` and `-`, which templates put between the marks of a special token (`'<|' + message.role + '|>'`).
 */
export type Origin = 'name' | 'given'

/** A stretch of UTF-16 units from `start` up to `end` of one origin. */
export interface Mark {
  readonly start: number
  readonly end: number
  readonly origin: Origin
}

const none: readonly Mark[] = []

export class Text {
  readonly value: string
  /** In order, without overlaps, none empty. What they leave out was written by the template. */
  readonly marks: readonly Mark[]

  constructor(value: string, marks: readonly Mark[] = none) {
    checkLength(value.length)
    this.value = value
    this.marks = marks
  }

  /** Text of one origin. */
  static of(value: string, origin: Origin): Text {
    return new Text(value, value === '' ? none : [{ start: 0, end: value.length, origin }])
  }

  /** The units from `start` up to `end`, both within the text. */
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

  /** Pieces of one origin each; the origin of what the template wrote is `undefined`. */
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

  /** Each code point replaced by the text that `replace` gives for it; its origin stays. */
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
   * The text that `change` makes of it. Where `change` treats pieces of one origin as it treats the whole, origins stay; else all
   * that comes out has the strongest origin in it.
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

/** Gathers text piece by piece. */
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

/** The texts with `separator` between them. */
export function join(texts: readonly Text[], separator: Text): Text {
  return concat(texts.flatMap((text, i) => (i === 0 ? [text] : [separator, text])))
}
