/** Quick fixes: the way out of an error, where it is unambiguous, and the import of a name of a standard module. */

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
  return here.flatMap((diagnostic) =>
    fixesFor(workspace, path, diagnostic).map(({ title, replacement }) => ({
      title,
      kind: CodeActionKind.QuickFix,
      isPreferred: true,
      diagnostics: shown.filter(({ code }) => code === diagnostic.code),
      edit: {
        changes: { [document.uri]: [{ range: rangeOf(document, replacement), newText: replacement.text }] },
      },
    })),
  )
}

interface Fix {
  readonly title: string
  readonly replacement: Replacement
}

function fixesFor(workspace: Workspace, path: string, diagnostic: Diagnostic): Fix[] {
  const text = workspace.read(path) ?? ''
  const { fix, span } = diagnostic
  if (fix === undefined) return []
  if (fix.type === 'import')
    return [
      {
        title: `Import \`${fix.name}\` from ${fix.module}`,
        replacement: importOf(text, fix.module, fix.name),
      },
    ]
  const { start, end } = fix.span ?? span
  const title = fix.text === '' ? `Remove \`${oneLine(text.slice(start, end))}\`` : `Write \`${oneLine(fix.text)}\``
  return [{ title, replacement: { start, end, text: fix.text } }]
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}
