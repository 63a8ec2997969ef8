/** Rollouts of training by rewards: prompt, answer and reward by step, as a table to sort and to search. */

import { count, plural } from '../../view/format.ts'
import type { ReportData } from '../data.ts'
import { html } from '../html.ts'
import { figure, type Section, stageTitle, table, textOf } from '../parts.ts'

const columns = [
  { title: 'Step', isNumber: true },
  { title: 'Reward', isNumber: true },
  { title: 'Prompt' },
  { title: 'Answer' },
] as const

export function rollouts({ stages }: ReportData): Section | undefined {
  const learned = stages.filter((stage) => stage.rollouts.length > 0)
  if (learned.length === 0) return undefined
  const blocks = learned.map((stage) => {
    const rows = stage.rollouts.map(({ step, reward, prompt, text }) => [
      { shown: count(step), by: step },
      reward === null ? { shown: '–' } : { shown: figure(reward), by: reward },
      { shown: textOf(prompt, 300) },
      { shown: textOf(text, 600) },
    ])
    const body = table(columns, rows, { label: `Rollouts of ${stage.name}`, isLong: true })
    return html`<article>${stageTitle(stages, stage, plural(rows.length, 'rollouts'))}${body}</article>`
  })
  return { id: 'rollouts', title: 'Rollouts', body: html`${blocks}` }
}
