/** Templates with holes for the fields of a document: `Define {word}.` */

import type { JsonObject } from '../../core/values/json.ts'
import { namesInPath, valueAt } from './fields.ts'

type TemplatePart = { readonly text: string } | { readonly field: string }

export type Filled =
  | { readonly text: string }
  /** The field that cannot be filled in, and why. */
  | { readonly field: string; readonly problem: 'missing' | 'no text' }

/** A parsed template. */
export interface FieldTemplate {
  /** The paths of the fields in its holes. */
  readonly paths: readonly (readonly string[])[]
  fill(fields: JsonObject): Filled
}

/** Parses a template: `{field}` is a hole, `\{` a brace, `\\` a backslash. */
export function fieldTemplate(source: string): FieldTemplate {
  const parts: TemplatePart[] = []
  for (const [piece] of source.matchAll(/\\[\s\S]|\{[^}]*\}|[^\\{]+|[\\{]/g)) {
    if (piece.length > 1 && piece.startsWith('\\')) parts.push({ text: piece.slice(1) })
    else if (piece.startsWith('{') && piece.endsWith('}')) parts.push({ field: piece.slice(1, -1).trim() })
    else parts.push({ text: piece })
  }
  return {
    paths: parts.flatMap((part) => ('field' in part ? [namesInPath(part.field)] : [])),
    fill(fields) {
      let text = ''
      for (const part of parts) {
        if ('text' in part) {
          text += part.text
          continue
        }
        const value = valueAt(fields, part.field)
        if (value === undefined) return { field: part.field, problem: 'missing' }
        if (typeof value === 'object') return { field: part.field, problem: 'no text' }
        text += String(value)
      }
      return { text }
    },
  }
}
