/** The comments of a program in order. The formatter takes each of them once. */

import type { Comment } from '../../../grammar/syntax.ts'

export class Comments {
  readonly #comments: readonly Comment[]
  readonly #text: string
  #next = 0

  constructor(comments: readonly Comment[], text: string) {
    this.#comments = comments
    this.#text = text
  }

  /** Takes the comments before an offset. */
  before(offset: number): Comment[] {
    const taken: Comment[] = []
    for (let comment = this.#comments[this.#next]; comment && comment.span.start < offset; ) {
      taken.push(comment)
      comment = this.#comments[++this.#next]
    }
    return taken
  }

  /** Takes the comment on the same line behind an offset, with at most a comma between. */
  behind(offset: number): Comment | undefined {
    const comment = this.#comments[this.#next]
    if (comment === undefined || comment.span.start < offset) return undefined
    if (!/^[ \t,]*$/.test(this.#text.slice(offset, comment.span.start))) return undefined
    this.#next++
    return comment
  }

  /** Whether a comment that was not taken is between two offsets. */
  anyIn(start: number, end: number): boolean {
    return this.#comments.some(({ span }, index) => index >= this.#next && span.start >= start && span.end <= end)
  }
}
