/** An evaluation as lines: a table of models side by side, and their answers to a few prompts. */

import type { Comparison, Estimate } from '../core/report.ts'
import { scalar } from './format.ts'
import { cut, cutLine, fitTo, type Line, seg, width, wrap } from './line.ts'

/** Labels of metrics. Other metrics are labeled with their names, without underscores. */
const labels: Readonly<Record<string, string>> = {
  bits_per_byte: 'bits per byte',
  kl: 'KL, nats an answer',
  answer_tokens: 'tokens an answer',
  left_out: 'pairs too long',
}

const shares = new Set(['win_rate', 'ended', 'accuracy', 'accuracy_per_byte', 'exact_match'])

export interface ComparisonOptions {
  readonly width: number
  /** The maximum number of prompts with their answers; all by default. */
  readonly answers?: number
  /** The maximum number of lines of an answer; 3 by default. */
  readonly lines?: number
}

export function comparisonLines({ models, metrics, answers }: Comparison, options: ComparisonOptions): Line[] {
  const rows = metrics.map(({ name, values }) => ({
    label: labels[name] ?? name.replaceAll('_', ' '),
    cells: values.map((value) => cellOf(name, value)),
  }))
  const first = Math.max(0, ...rows.map(({ label }) => width(label)))
  const widths = models.map((model, i) => Math.max(width(model), ...rows.map(({ cells }) => width(cells[i]!))))
  const cells = (texts: readonly string[]) => texts.map((text, i) => `  ${fitTo(text, widths[i]!, 'right')}`)
  const table: Line[] = [
    [seg(fitTo('', first)), ...cells(models).map((text) => seg(text, 'bold'))],
    ...rows.map((row): Line => [seg(fitTo(row.label, first), 'dim'), ...cells(row.cells).map((text) => seg(text))]),
  ]
  const named = Math.max(0, ...models.map(width))
  const answered = answers
    .slice(0, options.answers)
    .flatMap(({ prompt, answers: texts }): Line[] => [
      [],
      [seg(cut(prompt, options.width), 'accent')],
      ...texts.flatMap((text, i) => answerLines(fitTo(models[i]!, named), text.trim(), options)),
    ])
  return [...table, ...answered].map((line) => cutLine(line, options.width))
}

/** `96% (94–98)`, `1.25 (1.19–1.31)`, `4.586`. */
function cellOf(name: string, { value, low, high }: Estimate): string {
  const isShare = shares.has(name)
  const show = (x: number) => (isShare ? (100 * x).toFixed(0) : scalar(x))
  const shown = `${show(value)}${isShare ? '%' : ''}`
  if (low === undefined || high === undefined || low === high) return shown
  const to = low < 0 || high < 0 ? ' to ' : '–'
  return `${shown} (${show(low)}${to}${show(high)})`
}

function answerLines(model: string, text: string, { width: columns, lines = 3 }: ComparisonOptions): Line[] {
  const room = columns - width(model) - 4
  const wrapped = wrap(text.replace(/\s+/g, ' '), Math.max(8, room))
  const shown = wrapped.slice(0, lines)
  return shown.map((line, i) => {
    const last = i === lines - 1 && wrapped.length > lines
    return [seg(`  ${i === 0 ? model : ' '.repeat(width(model))}  `, 'dim'), seg(last ? cut(`${line} …`, room) : line)]
  })
}
