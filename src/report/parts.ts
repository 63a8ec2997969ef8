/** Pieces of the page that several sections use: sections, figures, texts from data, tables. */

import { scalar } from '../view/format.ts'
import type { StageData } from './data.ts'
import { type Hole, type Html, html } from './html.ts'

/** A section of the page with its entry in the table of contents. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly body: Html
}

export function section({ id, title, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>\n`
}

/** A measured number: short to read, exact in `value`. `of` names the stage and the metric. */
export function figure(value: number, of?: string): Html {
  return html`<data value="${String(value)}"${of === undefined ? '' : html` data-of="${of}"`} title="${String(value)}">${scalar(value)}</data>`
}

/** A text of data as it is written, in its own direction. */
export function textOf(text: string, most = 1_500): Html {
  const shown = text.length > most ? `${text.slice(0, most)} …` : text
  return html`<span class="text" dir="auto">${shown}</span>`
}

export interface Column {
  readonly title: string
  readonly isNumber?: true
}

/** A cell: what it shows, and the number to sort it by if it shows one. */
export interface Cell {
  readonly shown: Hole
  readonly by?: number
}

export interface TableOptions {
  /** Read as the name of the table. */
  readonly label: string
  /** The script adds buttons that sort, and a field that filters. */
  readonly isLong?: boolean
}

/** The rows of a long table that the page shows at once; the others scroll. */
const mostRows = 20

/** A table in a box that scrolls sideways. The first cell of each row is its head. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], options: TableOptions): Html {
  const head = columns.map(
    ({ title, isNumber }) => html`<th scope="col"${isNumber ? html` class="number"` : ''}>${title}</th>`,
  )
  const body = rows.map(
    (cells) =>
      html`<tr>${cells.map(({ shown, by }, i) => {
        const number = columns[i]?.isNumber ? html` class="number"` : ''
        const sorted = by === undefined ? '' : html` data-by="${String(by)}"`
        return i === 0 ? html`<th scope="row"${sorted}>${shown}</th>` : html`<td${number}${sorted}>${shown}</td>`
      })}</tr>`,
  )
  return html`<div class="scroll${options.isLong && rows.length > mostRows ? ' high' : ''}" tabindex="0" role="region" aria-label="${options.label}"><table${
    options.isLong ? html` data-long` : ''
  }><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

/** A bar of a share in [0, 1], for the eyes only: the number stands beside it. */
export function bar(share: number, tone = 'accent'): Html {
  const width = Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10
  return html`<svg class="bar ${tone}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="fill" width="${width}" height="8"/></svg>`
}

/** The id of the details of a stage. */
export function anchor(stages: readonly StageData[], stage: StageData): string {
  return `stage-${stages.indexOf(stage) + 1}`
}

/** A title for a block of one stage, with a link to its details. */
export function stageTitle(stages: readonly StageData[], stage: StageData, rest?: Hole): Html {
  const { kind } = stage
  return html`<h3><a href="#${anchor(stages, stage)}"><bdi>${stage.name}</bdi></a> <small>${kind}${
    rest === undefined ? '' : html` · ${rest}`
  }</small></h3>`
}
