/** The explanation of a code, as `llmpipe explain` prints it. */

export interface Explanation {
  /** `E0301`. */
  readonly code: string
  /** The message, with the values of the example. */
  readonly title: string
  readonly text: string
  /** A program with the error. */
  readonly wrong?: string
  /** The same program without the error. */
  readonly right?: string
}
