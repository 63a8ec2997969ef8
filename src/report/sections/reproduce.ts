/** The commands that run the program again and look at its results. */

import type { ReportData } from '../data.ts'
import { html } from '../html.ts'
import type { Section } from '../parts.ts'

export function reproduce({ commands, version }: ReportData): Section {
  const lines = commands.map(({ line, purpose }) => html`<dt><code>${line}</code></dt><dd>${purpose}</dd>`)
  return {
    id: 'reproduce',
    title: 'Reproduce',
    body: html`<p>With llmpipe ${version}, the program and its input files, whose SHA-256s stand with the stages that read them:</p><dl class="commands">${lines}</dl>`,
  }
}
