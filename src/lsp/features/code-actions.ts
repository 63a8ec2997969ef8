/** Quick fixes: the way out of an error where it is unambiguous, and the import of a name of a standard module. */

import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic as ProtocolDiagnostic,
  type Range,
} from 'vscode-languageserver'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { importOf, type Replacement } from '../imports.ts'
import { isBefore, rangeOf } from '../places.ts'
import type { Workspace } from '../workspace.ts'
import { mendsFor } from './fixes.ts'

/** The quick fixes for the errors in a range. */
export function codeActions(
  workspace: Workspace,
  path: string,
  range: Range,
  shown: readonly ProtocolDiagnostic[],
): CodeAction[] {
  const document = workspace.document(path)
  if (document === undefined || path.startsWith('std:')) return []
  const here = workspace.snapshot(path).diagnostics.filter(({ span }) => {
    if (span.file !== path) return false
    const { start, end } = rangeOf(document, span)
    return !isBefore(range.end, start) && !isBefore(end, range.start)
  })
  return here.flatMap((diagnostic) => {
    const fixes = fixesFor(workspace, path, diagnostic)
    return fixes.map(
      ({ title, replacements }): CodeAction => ({
        title,
        kind: CodeActionKind.QuickFix,
        isPreferred: fixes.length === 1,
        diagnostics: shown.filter(({ code }) => code === diagnostic.code),
        edit: {
          changes: {
            [document.uri]: replacements.map((each) => ({ range: rangeOf(document, each), newText: each.text })),
          },
        },
      }),
    )
  })
}

interface NamedFix {
  readonly title: string
  readonly replacements: readonly Replacement[]
}

function fixesFor(workspace: Workspace, path: string, diagnostic: Diagnostic): NamedFix[] {
  const text = workspace.read(path) ?? ''
  const { fix, span } = diagnostic
  if (fix?.type === 'import')
    return [
      { title: `Import \`${fix.name}\` from ${fix.module}`, replacements: [importOf(text, fix.module, fix.name)] },
    ]
  if (fix !== undefined) {
    const { start, end } = fix.span ?? span
    return [{ title: titleOf(text, { start, end, text: fix.text }), replacements: [{ start, end, text: fix.text }] }]
  }
  const program = workspace.parsed(path)?.program
  if (program === undefined) return []
  return mendsFor(diagnostic, text, program).map(({ title, replacements }) => ({
    title: title ?? titleOf(text, replacements[0]!),
    replacements,
  }))
}

function titleOf(text: string, { start, end, text: written }: Replacement): string {
  return written.trim() === '' ? `Remove \`${oneLine(text.slice(start, end))}\`` : `Write \`${oneLine(written)}\``
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}
