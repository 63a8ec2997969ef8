/**
 * The page of a run: one HTML text with everything in it. Its policy (CSP) forbids every request, and lets only the script of the page run.
 */

import { createHash } from 'node:crypto'
import type { ReportData } from './data.ts'
import { type Html, html, trusted } from './html.ts'
import { type Section, section } from './parts.ts'
import { answers } from './sections/answers.ts'
import { contamination } from './sections/contamination.ts'
import { details } from './sections/details.ts'
import { evaluation } from './sections/evaluation.ts'
import { failures } from './sections/failures.ts'
import { funnel } from './sections/funnel.ts'
import { graph } from './sections/graph.ts'
import { header } from './sections/header.ts'
import { reproduce } from './sections/reproduce.ts'
import { reward } from './sections/reward.ts'
import { rollouts } from './sections/rollouts.ts'
import { samples } from './sections/samples.ts'
import { sweep } from './sections/sweep.ts'
import { tokens } from './sections/tokens.ts'
import { training } from './sections/training.ts'
import { warnings } from './sections/warnings.ts'

/** The sections in their order; one without data gives `undefined`. */
const sections: readonly ((data: ReportData) => Section | undefined)[] = [
  failures,
  graph,
  sweep,
  training,
  evaluation,
  contamination,
  answers,
  rollouts,
  samples,
  reward,
  funnel,
  tokens,
  warnings,
  reproduce,
  details,
]

/** The script and the style sheet of the page, as texts. */
export interface PageAssets {
  readonly script: string
  readonly style: string
}

/** The sections of a run that have data. */
export function sectionsOf(data: ReportData): readonly Section[] {
  return sections.flatMap((make) => make(data) ?? [])
}

/** The links to the sections of a page. */
export function contents(shown: readonly Section[]): Html {
  return html`<ul>${shown.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul>`
}

export function page(data: ReportData, { script, style }: PageAssets): string {
  const shown = sectionsOf(data)
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="llmpipe report">
<meta name="color-scheme" content="light dark">
<title>${data.program} · ${data.outcome} · llmpipe</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<nav aria-label="Sections">${contents(shown)}</nav>
<main id="main" tabindex="-1">
${header(data)}${shown.map(section)}<footer class="quiet">Made by <b>llmpipe report</b>. This page holds all of its data and asks for nothing from any network.</footer>
</main>
<script>${trusted(script)}</script>
</body>
</html>
`.markup
}
