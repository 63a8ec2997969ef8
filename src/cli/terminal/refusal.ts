/** Calls that are refused as they were made: exit code 2. */

/** A refusal, which the command line prints to standard error with its help. */
export class Refusal extends Error {
  readonly help: string | undefined

  constructor(message: string, help?: string) {
    super(message)
    this.name = 'Refusal'
    this.help = help
  }
}

/** A refusal whose reasons are on standard error already, such as the errors of a program. */
export class Refused extends Error {
  constructor() {
    super('refused')
    this.name = 'Refused'
  }
}

/** Exit codes, the same for every command. */
export const exit = { done: 0, failed: 1, refused: 2, interrupted: 130 } as const
