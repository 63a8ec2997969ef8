/** Limits of templates: a foreign template must not block a run or fill the memory. */

/** The error of a template that cannot render a conversation. */
export class JinjaError extends Error {}

/** The refusal of a conversation by `raise_exception`, with the template's own message. */
export class Refused extends JinjaError {}

const maxTextLength = 2 ** 24
const maxItems = 2 ** 20
/** The limit of jinja2's sandbox, in which transformers renders. */
const maxRangeLength = 100_000
const maxSteps = 5_000_000
const maxDepth = 200

export function checkLength(characters: number): void {
  if (characters > maxTextLength)
    throw new JinjaError(`it makes a text of more than ${maxTextLength.toLocaleString('en-US')} characters`)
}

export function checkItems(items: number): void {
  if (items > maxItems) throw new JinjaError(`it makes a list of more than ${maxItems.toLocaleString('en-US')} items`)
}

export function checkRange(items: number): void {
  if (items > maxRangeLength)
    throw new JinjaError(`range() of ${items} items: at most ${maxRangeLength.toLocaleString('en-US')} are allowed`)
}

/** Counts the steps and the depth of calls in one rendering. */
export class Budget {
  #steps = 0
  #depth = 0

  take(steps = 1): void {
    this.#steps += steps
    if (this.#steps > maxSteps) throw new JinjaError(`it takes more than ${maxSteps.toLocaleString('en-US')} steps`)
  }

  /** Runs `action` one call deeper. */
  deeper<T>(action: () => T): T {
    if (++this.#depth > maxDepth) throw new JinjaError(`its macros call each other more than ${maxDepth} deep`)
    try {
      return action()
    } finally {
      this.#depth--
    }
  }
}
