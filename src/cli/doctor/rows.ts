/** The rows of the report of `llmpipe doctor`. */

/** `good` works, `missing` is optional and not there, `broken` is there and does not work. */
export type State = 'good' | 'missing' | 'broken'

export interface Row {
  readonly state: State
  readonly name: string
  readonly text: string
}

/** Something to do: what for, and how. */
export interface Advice {
  readonly name: string
  readonly purpose: string
  readonly remedy: string
}

export function good(name: string, text: string): Row {
  return { state: 'good', name, text }
}

export function missing(name: string, text: string): Row {
  return { state: 'missing', name, text }
}

export function broken(name: string, text: string): Row {
  return { state: 'broken', name, text }
}
