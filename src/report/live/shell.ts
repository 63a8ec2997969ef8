/** The frame of a page of `llmpipe ui`: its views, its sections, and what its script asks the server for. */

import { type Html, html } from '../html.ts'
import { contents } from '../page.ts'
import { type Section, section } from '../parts.ts'

export interface LiveShell {
  readonly title: string
  /** The token of the server: links carry it on. */
  readonly token: string
  /** The view on the screen, `/` or `/runs`. */
  readonly view: string
  /** The query of the state of the page, without the token: `of=runs`. */
  readonly state: string
  /** Changes whenever the page would. */
  readonly stamp: string
  /** The stages where people rank. */
  readonly rankings: readonly string[]
}

/** An address of the server, with the token. `query` begins with `&`. */
export function linkTo(path: string, token: string, query = ''): string {
  return `${path}?token=${encodeURIComponent(token)}${query}`
}

/** A whole page. */
export function livePage(shell: LiveShell, head: Html, sections: readonly Section[]): string {
  const { title, token, view, state, stamp, rankings } = shell
  const views = [
    ['/', 'Newest run'],
    ['/runs', 'All runs'],
    ...rankings.map((name) => [`/rank/${encodeURIComponent(name)}/`, `Rank ${name}`] as const),
  ].map(
    ([path = '', name]) =>
      html`<li><a href="${linkTo(path, token)}"${path === view ? html` aria-current="page"` : ''}>${name}</a></li>`,
  )
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · llmpipe</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/ui.css">
<script src="/ui.js" defer></script>
</head>
<body data-state="${state}" data-stamp="${stamp}">
<a class="skip" href="#main">Skip to the content</a>
<nav aria-label="Views and sections"><ul class="views">${views}</ul>${contents(sections)}</nav>
<main id="main" tabindex="-1">
<p id="live" class="live" role="status"></p>
${head}${sections.map(section)}</main>
</body>
</html>
`.markup
}
