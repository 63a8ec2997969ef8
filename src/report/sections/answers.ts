/** Answers by prompt: those of several models side by side, and those with ranks or probabilities as a table to sort and to search. */

import { partsOfDetail } from '../../core/report.ts'
import { plural } from '../../view/format.ts'
import type { AnswersData, ReportData, StageData } from '../data.ts'
import { type Html, html } from '../html.ts'
import { figure, type Section, stageTitle, table, textOf } from '../parts.ts'

/** So few prompts are shown without a box that scrolls. */
const fewPrompts = 6

/** Prompts of an evaluation that are shown side by side, and rows of a table. */
const [mostPrompts, mostRows] = [40, 200]

export function answers({ stages }: ReportData): Section | undefined {
  // Answers of the program's models come before those that it learned from.
  const order = ['Report', 'Answers', 'Rankings']
  const place = ({ outputs }: StageData) => Math.max(...outputs.map(({ kind }) => order.indexOf(kind ?? '')))
  const blocks = stages
    .toSorted((a, b) => place(a) - place(b))
    .flatMap((stage) => {
      const { comparison } = partsOfDetail(stage.report.detail)
      if (comparison !== undefined) {
        const asked =
          stage.answers.length > 0
            ? stage.answers
            : comparison.answers.map(({ prompt, answers: texts }) => ({
                prompt,
                answers: texts.map((text, i) => ({ by: comparison.models[i] ?? '', text })),
              }))
        return asked.length === 0 ? [] : [sideBySide(stage, asked, stages)]
      }
      return stage.answers.length === 0 ? [] : [asTable(stage, stages)]
    })
  return blocks.length === 0 ? undefined : { id: 'answers', title: 'Answers', body: html`${blocks}` }
}

function sideBySide(stage: StageData, asked: readonly AnswersData[], stages: readonly StageData[]): Html {
  const shown = asked.slice(0, mostPrompts)
  return html`<article>${stageTitle(stages, stage, plural(shown.length, 'prompts'))}<div class="filtered${shown.length > fewPrompts ? ' high' : ''}" tabindex="0" role="region" aria-label="Answers of the models in ${stage.name}">${shown.map(
    ({ prompt, answers: given }) =>
      html`<div class="asked"><p class="question">${textOf(prompt)}</p><dl class="answers">${given.map(
        ({ by, text }) => html`<div><dt><bdi>${by}</bdi></dt><dd>${textOf(text)}</dd></div>`,
      )}</dl></div>`,
  )}</div></article>`
}

function asTable(stage: StageData, stages: readonly StageData[]): Html {
  const rows = stage.answers
    .flatMap(({ prompt, answers: given }) => given.map((answer) => ({ prompt, ...answer })))
    .slice(0, mostRows)
  const hasScores = rows.some(({ score }) => score !== undefined)
  const score = stage.outputs.some(({ kind }) => kind === 'Rankings') ? 'Rank' : 'Log-probability'
  const columns = [
    { title: 'Prompt' },
    { title: 'Answer' },
    ...(hasScores ? [{ title: score, isNumber: true as const }] : []),
  ]
  const body = rows.map(({ prompt, text, score: own }) => [
    { shown: textOf(prompt, 400) },
    { shown: textOf(text) },
    ...(hasScores ? [own === undefined ? { shown: '' } : { shown: figure(own), by: own }] : []),
  ])
  return html`<article>${stageTitle(stages, stage, plural(rows.length, 'answers'))}${table(columns, body, { label: `Answers of ${stage.name}`, isLong: true })}</article>`
}
