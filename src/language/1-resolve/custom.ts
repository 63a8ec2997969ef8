/** Imports of custom stages from files of code, and the errors of such a file. */

import type { Span } from '../../../grammar/span.ts'
import type { Identifier, UseDeclaration } from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { CustomFile } from '../../core/kind/custom-file.ts'
import type { StageKind } from '../../core/kind/kind.ts'
import * as say from '../messages/imports.generated.ts'
import { didYouMean } from '../messages/more.ts'

/** Whether an import names a file of code, and not a file of the language. */
export function isCode({ source }: UseDeclaration): boolean {
  return source.type === 'file' && /\.[cm]?[jt]s$/.test(source.path)
}

/** The errors of a file of code; empty if it could be loaded. */
export function problemsOf({ problem }: CustomFile, at: Span, path: string): Diagnostic[] {
  switch (problem?.type) {
    case undefined:
      return []
    case 'untrusted':
      return [say.notTrusted(at, { path }, problem.help === undefined ? {} : { help: problem.help })]
    case 'failed':
      return [say.codeFailed(at, { path, reason: problem.reason })]
    case 'source': {
      const related = [{ span: at, label: 'used here' }]
      return problem.errors.map(({ span, message }) => say.wrongCode(span, { message }, { related }))
    }
  }
}

/** The custom stage that a file exports by a name, or the error if it exports none. `isKind`: whether a built-in stage kind has a name. */
export function stageNamed(
  { kinds, wrong, others }: CustomFile,
  { name, span }: Identifier,
  path: string,
  isKind: (name: string) => boolean,
): StageKind | Diagnostic {
  const problem = Object.hasOwn(wrong, name) ? wrong[name] : undefined
  if (problem !== undefined) return say.wrongStage(span, { name, path, problem })
  if (others.includes(name)) return say.notAStage(span, { name, path })
  const own = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (own === undefined) {
    const known = [...Object.keys(kinds), ...Object.keys(wrong)]
    const otherwise = known.includes('default')
      ? `Export it by its name: \`export const ${name} = …\`.`
      : known.length === 0
        ? 'It exports no stage.'
        : undefined
    return say.notInModule(span, { module: path, name }, didYouMean(name, known, otherwise))
  }
  return isKind(name) ? say.nameOfAKind(span, { name }) : own
}
