/**
 * HTML texts whose holes are escaped. Everything that comes from a run (documents, answers, messages, names) passes through a hole of `html`,
 * so that no text of it can become markup.
 *
 *     html`<p title="${name}">${text}</p>`
 *
 * Holes may stand in content and in double-quoted attributes, and nowhere else.
 */

import { escaped } from '../view/charts/markup.ts'

/** Markup, made only by this file. */
export class Html {
  readonly markup: string
  /** Use `html` or `trusted`. */
  constructor(markup: string) {
    this.markup = markup
  }
}

/** The contents of a hole; `undefined` and `false` become no text, a list its items. */
export type Hole = Html | string | number | undefined | false | readonly Hole[]

/** Markup with holes. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  return new Html(parts.reduce((text, part, i) => text + written(holes[i - 1]) + part))
}

/** Markup that this program made and escaped by other means: a chart, the style sheet. */
export function trusted(markup: string): Html {
  return new Html(markup)
}

function written(hole: Hole): string {
  if (hole === undefined || hole === false) return ''
  if (hole instanceof Html) return hole.markup
  return typeof hole === 'object' ? hole.map(written).join('') : escaped(String(hole))
}

/** JSON that can stand in a `script` element: no `<`, so that no text in it ends the element, and no line separators. */
export function jsonInScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
