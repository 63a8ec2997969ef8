/** The example programs in the middle of being typed: cut off at every token, every request has an answer. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { Range } from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { tokenize } from '../../grammar/parse.ts'
import { languageServices } from '../../src/cli/program/language-services.ts'
import { standardModules } from '../../src/language/1-resolve/standard.ts'
import { completionAt } from '../../src/lsp/completion/completion.ts'
import { codeActions } from '../../src/lsp/features/code-actions.ts'
import { codeLenses } from '../../src/lsp/features/code-lenses.ts'
import { definitionAt, highlightsAt, referencesAt } from '../../src/lsp/features/definition.ts'
import { diagnosticsOf } from '../../src/lsp/features/diagnostics.ts'
import { foldingRanges } from '../../src/lsp/features/folding.ts'
import { formatting } from '../../src/lsp/features/formatting.ts'
import { hoverAt } from '../../src/lsp/features/hover.ts'
import { inlayHints } from '../../src/lsp/features/inlay-hints.ts'
import { semanticTokens } from '../../src/lsp/features/semantic-tokens.ts'
import { signatureHelpAt } from '../../src/lsp/features/signature-help.ts'
import { documentSymbols } from '../../src/lsp/features/symbols.ts'
import { isBefore, wholeRange } from '../../src/lsp/places.ts'
import { uriOf } from '../../src/lsp/uris.ts'
import { Workspace } from '../../src/lsp/workspace.ts'

const options = { snippets: true }

/** A workspace with a text as the document of a path. */
function opened(path: string, text: string) {
  const workspace = new Workspace(languageServices, standardModules)
  const uri = uriOf(path)
  let document = TextDocument.create(uri, 'llmpipe', 1, text)
  workspace.open(document)
  return {
    workspace,
    replace(next: string): TextDocument {
      document = TextDocument.update(document, [{ text: next }], document.version + 1)
      workspace.open(document)
      return document
    },
  }
}

/** The text up to the end of each of its tokens. */
function cuts(text: string): string[] {
  return tokenize('', text, 0).tokens.map(({ startOffset, image }) => text.slice(0, startOffset + image.length))
}

for (const name of ['shakespeare', 'sweep', 'pretrain', 'assistant']) {
  const path = resolve(`pipelines/${name}.llmpipe`)
  const text = readFileSync(path, 'utf8')

  test(`${name}, cut off at every token, has completion, signatures, symbols, folds and colors`, () => {
    const { workspace, replace } = opened(path, '')
    for (const [index, cut] of cuts(text).entries()) {
      const document = replace(cut)
      // Behind the token, and now and then behind white space.
      for (const behind of index % 8 === 0 ? ['', ' ', '\n  '] : ['']) {
        const at = cut.length + behind.length
        const typed = behind === '' ? document : replace(cut + behind)
        const items = completionAt(workspace, path, at, options)
        expect(items.every(({ label, textEdit }) => label !== '' && textEdit !== undefined)).toBe(true)
        signatureHelpAt(workspace, path, at)
        expect(typed.getText().length).toBe(at)
      }
      replace(cut)
      const symbols = documentSymbols(workspace, path)
      const holds = (outer: Range, inner: Range) =>
        !isBefore(inner.start, outer.start) && !isBefore(outer.end, inner.end)
      expect(symbols.every(({ range, selectionRange }) => holds(range, selectionRange))).toBe(true)
      expect(foldingRanges(workspace, path).every(({ startLine, endLine }) => endLine > startLine)).toBe(true)
      expect(semanticTokens(workspace, path).data.length % 5).toBe(0)
      definitionAt(workspace, path, cut.length)
      highlightsAt(workspace, path, cut.length)
      codeLenses(workspace, path)
    }
  })
}

test('the smallest example, cut off at every token, has diagnostics inside the text, hovers, fixes and hints', () => {
  const path = resolve('pipelines/sweep.llmpipe')
  const { workspace, replace } = opened(path, '')
  for (const cut of cuts(readFileSync(path, 'utf8')).filter((_, index) => index % 2 === 0)) {
    const document = replace(cut)
    const end = document.positionAt(cut.length)
    for (const diagnostics of diagnosticsOf(workspace, workspace.snapshot(path)).values())
      for (const { range, message } of diagnostics) {
        expect(message).not.toBe('')
        expect(range.end.line).toBeLessThanOrEqual(end.line)
      }
    hoverAt(workspace, path, cut.length)
    inlayHints(workspace, path, wholeRange(document))
    codeActions(workspace, path, wholeRange(document), [])
    formatting(workspace, path)
    referencesAt(workspace, path, cut.length, true)
  }
})

test('completion inside an unfinished call offers what the finished call would', () => {
  const path = resolve('pipelines/pretrain.llmpipe')
  const text = readFileSync(path, 'utf8')
  const { workspace, replace } = opened(path, text)
  const at = text.indexOf('batch:')
  const labelsIn = (typed: string) => {
    replace(typed)
    return completionAt(workspace, path, at, options).map(({ label }) => label)
  }
  const unfinished = labelsIn(text.slice(0, at))
  expect(unfinished).toEqual(expect.arrayContaining(['batch', 'optimizer', 'schedule', 'seed']))
  expect(unfinished).not.toContain('steps')
  expect(labelsIn(text)).not.toContain('optimizer')
})
