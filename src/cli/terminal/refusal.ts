/** A call that cannot be done as it was made: said on stderr, exit code 2. */

export class Refusal extends Error {
  readonly help: string | undefined

  constructor(message: string, help?: string) {
    super(message)
    this.name = 'Refusal'
    this.help = help
  }
}

/** Exit codes, the same for every command. */
export const exit = { done: 0, failed: 1, refused: 2, interrupted: 130 } as const
