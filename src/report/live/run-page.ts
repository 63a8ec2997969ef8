/** The page of one run that follows it. */

import type { ReportData } from '../data.ts'
import { html } from '../html.ts'
import { sectionsOf } from '../page.ts'
import { header } from '../sections/header.ts'
import { type LiveShell, linkTo, livePage } from './shell.ts'

type Shell = Pick<LiveShell, 'token' | 'state' | 'stamp' | 'rankings'>

/** `isNewest`: the page continues with later runs. */
export function runPage(data: ReportData, shell: Shell, isNewest: boolean): string {
  const live = { ...data, isLive: true }
  const other = isNewest
    ? ''
    : html`<p class="note">This is an earlier run. <a href="${linkTo('/', shell.token)}">Show the newest</a></p>\n`
  const title = `${data.program} · ${data.outcome}`
  return livePage({ ...shell, title, view: isNewest ? '/' : '' }, html`${header(live)}${other}`, sectionsOf(live))
}

/** The page while there is no run, or while the run that it should show is gone from the store. */
export function emptyPage(shell: Shell, title: string, sentence: string): string {
  return livePage(
    { ...shell, title, view: '/' },
    html`<header><h1>${title}</h1><p class="note">${sentence}</p></header>\n`,
    [],
  )
}
