/** The kind `text_from_html`: the text of pages. It runs inside `documents`. */

import { defineDocumentKind } from '../../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const textFromHtml = defineDocumentKind({
  name: 'text_from_html',
  version: 1,
  summary: 'Takes the text out of HTML pages, without menus, advertisements and other boilerplate.',
  documentation: `\`read("crawl/*.warc.gz") |> text_from_html()\`, \`read("pages/*.html") |> text_from_html()\`.

Mozilla's Readability, the reader view of Firefox, finds the main content. Each block of it (paragraph, heading, item, row) is a line; scripts, styles,
comments, figures and their captions are left out. Documents without markup stay as they are. Pages without text, pages of more than 8 MB and pages
that are nested more than 2,000 deep are dropped, and the ledger counts them.

\`content: all\` takes all text of the page.`,
  inputs: { docs: docsInput },
  settings: {
    content: {
      type: 'string',
      enum: ['main', 'all'],
      default: 'main',
      description: 'Whether only the main content or all text of a page is taken.',
    },
  },
  positional: ['docs'],
  outputs: docsOutput,
  step: async () => (await import('../../../data/steps/text-from-html.ts')).textFromHtml,
})
