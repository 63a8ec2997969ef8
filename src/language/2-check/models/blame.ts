/**
 * Finds the argument that makes an architecture fail. An imported architecture is assumed to be right, so one of its arguments is
 * wrong: the one without whose value there is no error.
 */

import type { Span } from '../../../../grammar/span.ts'
import type { Diagnostic } from '../../../core/diagnostic.ts'
import * as say from '../../messages/models.generated.ts'
import type { ModelArgument } from '../env.ts'

/**
 * The first diagnostic, moved to the argument that causes it, with a note at its place in the architecture; `undefined` if no single
 * argument does.
 */
export function atArgument(
  diagnostics: readonly Diagnostic[],
  args: ReadonlyMap<string, ModelArgument>,
  places: ReadonlyMap<string, Span>,
  isRight: (args: Map<string, ModelArgument>) => boolean,
): Diagnostic | undefined {
  const wrong = [...args].find(([name, value]) => {
    const isSize = typeof value !== 'object' && name !== 'vocab'
    return isSize && value !== 1 && places.has(name) && isRight(new Map([...args, [name, 1]]))
  })
  const span = wrong && places.get(wrong[0])
  if (wrong === undefined || span === undefined) return undefined
  const [name, value] = wrong
  const { code } = say.notASize(span, { what: '', got: '' })
  const first = diagnostics.find((each) => each.code === code) ?? diagnostics[0]
  if (first === undefined) return undefined
  const related = [{ span: first.span, label: first.label ?? 'used here' }, ...(first.related ?? [])].filter(
    (each) => each.span.file !== span.file,
  )
  const got =
    typeof value === 'number' ? `the number ${value}` : typeof value === 'boolean' ? 'a truth value' : 'a text'
  if (first.code === code) return say.notASize(span, { what: `\`${name}\``, got }, { related })
  return { ...first, span, label: `\`${name}\` is ${String(value)}`, related }
}
