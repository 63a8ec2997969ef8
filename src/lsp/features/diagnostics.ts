/** Errors and warnings of a program, as editors show them: by file, with related places and a link to the page of the code. */

import {
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic as ProtocolDiagnostic,
} from 'vscode-languageserver'
import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { locationIn, rangeOf } from '../places.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Workspace } from '../workspace.ts'

/** Warnings of something that can be removed; editors show it faded. */
const unnecessary: ReadonlySet<string> = new Set(['W0212', 'W0522', 'W0604', 'W0711'])

/**
 * The diagnostics of a compiled program, by the path of the file that they are shown in. The entry is always among the files. Diagnostics
 * with the code `without` are left out.
 */
export function diagnosticsOf(
  workspace: Workspace,
  { entry, diagnostics }: Snapshot,
  further: readonly Diagnostic[] = [],
  without = '',
): Map<string, ProtocolDiagnostic[]> {
  const byFile = new Map<string, ProtocolDiagnostic[]>([[entry, []]])
  for (const diagnostic of [...diagnostics, ...further].filter(({ code }) => code !== without))
    for (const span of shownAt(diagnostic, entry)) {
      const shown = toProtocol(workspace, diagnostic, span)
      if (shown === undefined) continue
      const list = byFile.get(span.file)
      if (list === undefined) byFile.set(span.file, [shown])
      else list.push(shown)
    }
  return byFile
}

/**
 * The places where a diagnostic is shown. Nobody edits a standard module or an installed package, so an error inside one is shown at the call
 * of the user that leads to it.
 */
function shownAt({ span, related = [] }: Diagnostic, entry: string): readonly Span[] {
  if (!isForeign(span.file) || isForeign(entry)) return [span]
  const call = related.findLast(({ span: at }) => !isForeign(at.file))
  return [call?.span ?? { file: entry, start: 0, end: 0 }]
}

function isForeign(file: string): boolean {
  return file.startsWith('std:') || /(?:^|\/)node_modules\//.test(file)
}

function toProtocol(workspace: Workspace, diagnostic: Diagnostic, shown: Span): ProtocolDiagnostic | undefined {
  const document = workspace.document(shown.file)
  if (document === undefined) return undefined
  const { code, severity, span, related = [] } = diagnostic
  const elsewhere = span === shown ? [] : [{ span, label: diagnostic.label ?? 'here' }]
  const others = [...elsewhere, ...related.filter((each) => each.span !== shown)]
  return {
    range: rangeOf(document, shown),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    codeDescription: { href: workspace.services.pageOf(code) },
    source: 'llmpipe',
    message: messageOf(diagnostic),
    relatedInformation: others.flatMap((each) => relatedOf(workspace, each)),
    ...(unnecessary.has(code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  }
}

/** The message with its label and the way out, each on a line of its own. */
function messageOf({ message, help }: Diagnostic): string {
  return help === undefined || help === '' ? message : `${message}\n${help}`
}

function relatedOf(
  workspace: Workspace,
  { span, label }: { readonly span: Span; readonly label: string },
): DiagnosticRelatedInformation[] {
  const document = workspace.document(span.file)
  return document === undefined ? [] : [{ location: locationIn(document, span), message: label }]
}
