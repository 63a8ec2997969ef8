/** Limits of templates: a foreign template must not block a run or fill the memory. */

/** The error of a template that cannot render a conversation. */
export class JinjaError extends Error {}

/** The refusal of a conversation by `raise_exception`, with the template's own message. */
export class Refused extends JinjaError {}

const longestText = 2 ** 24
const mostItems = 2 ** 20
/** The limit of jinja2's sandbox, in which transformers renders. */
const longestRange = 100_000
const mostSteps = 5_000_000
const deepest = 200

export function checkLength(characters: number): void {
  if (characters > longestText)
    throw new JinjaError(`it makes a text of more than ${longestText.toLocaleString('en-US')} characters`)
}

export function checkItems(items: number): void {
  if (items > mostItems) throw new JinjaError(`it makes a list of more than ${mostItems.toLocaleString('en-US')} items`)
}

export function checkRange(items: number): void {
  if (items > longestRange)
    throw new JinjaError(`range() of ${items} items: at most ${longestRange.toLocaleString('en-US')} are allowed`)
}

/** Counts the steps and the depth of calls in one rendering. */
export class Budget {
  #steps = 0
  #depth = 0

  take(steps = 1): void {
    this.#steps += steps
    if (this.#steps > mostSteps) throw new JinjaError(`it takes more than ${mostSteps.toLocaleString('en-US')} steps`)
  }

  /** Runs `action` one call deeper. */
  deeper<T>(action: () => T): T {
    if (++this.#depth > deepest) throw new JinjaError(`its macros call each other more than ${deepest} deep`)
    try {
      return action()
    } finally {
      this.#depth--
    }
  }
}
