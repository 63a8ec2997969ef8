/** Runs `evaluate`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Comparison, Estimate, GivenAnswer } from '../../core/report.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { shareOf } from '../../train/evaluation/compare.ts'
import { loadContestants } from '../../train/evaluation/contestant.ts'
import { givenTemplate } from '../chat/template-setting.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { type Asked, compareAgainst } from './evaluate-against.ts'
import { materialOf } from './evaluate-material.ts'
import { measureOn } from './evaluate-on.ts'
import { mistakesIn } from './mistakes.ts'

/** The number of prompts that the report shows, with the answer of each model. */
const shown = 6

export const run: RunOf<typeof import('./evaluate.ts').evaluate> = async (stage, services) => {
  const { settings, inputs, outputs } = stage
  const { win_rate: against, confidence, seed, batch } = settings
  const models = inputs.models
  const names = models.map((_, i) => settings.$models?.[i] ?? `model ${i}`)
  const opponent = inputs['win_rate.opponent']
  const opponents = opponent === undefined ? [] : [{ name: 'the opponent', folder: opponent.path }]
  const all = loadContestants(
    [...models.map(({ path }, i) => ({ name: names[i]!, folder: path })), ...opponents],
    givenTemplate(settings),
  )
  const contestants = all.slice(0, models.length)
  const machine = { engine: await services.engine(settings.engine), threads: stage.threads, batch }

  const metrics: Record<string, Estimate[]> = {}
  const given: (readonly GivenAnswer[])[] = []
  const book = new LedgerBook()
  const on = inputs.on
  const material = on && (await materialOf(stage, on, settings.measure, contestants, book))
  if (material !== undefined)
    for (const [i, contestant] of contestants.entries()) {
      stage.emit({
        event: 'progress',
        done: i,
        total: contestants.length,
        unit: 'models',
        phase: `measuring ${names[i]}`,
      })
      const measured = await measureOn(stage, contestant, material, settings, machine)
      if (measured.given !== undefined) given.push(measured.given)
      for (const [name, found] of Object.entries(measured.metrics)) {
        metrics[name] ??= []
        const value = typeof found === 'number' ? { value: found } : shareOf(found, { seed, confidence })
        metrics[name].push(value)
      }
    }
  let asked: readonly Asked[] = []
  if (against !== undefined) {
    const asking = { ...against, seed, confidence }
    const compared = await compareAgainst(stage, contestants, all.at(-1)!, asking, machine, book)
    Object.assign(metrics, compared.metrics)
    asked = compared.asked
  }

  // By place and not by name: names are not part of the key, so the output must not depend on them.
  const flat = Object.fromEntries(Object.entries(metrics).flatMap(([name, values]) => values.flatMap(named(name))))
  writeFileSync(join(outputs.out, 'metrics.json'), `${JSON.stringify(flat, undefined, 2)}\n`)
  if (asked.length > 0)
    writeFileSync(join(outputs.out, 'answers.jsonl'), asked.map((each) => `${JSON.stringify(each)}\n`).join(''))
  const comparison: Comparison = {
    models: names,
    metrics: Object.entries(metrics).map(([name, values]) => ({ name, values })),
    answers: asked.slice(0, shown).map(({ prompt, answers }) => ({
      prompt: prompt.messages.at(-1)!.content,
      answers,
    })),
    ...(material === undefined || given.length === 0 ? {} : { mistakes: mistakesIn(material, given) }),
  }
  return {
    metrics: flat,
    engine: machine.engine.description,
    ...(book.in.documents > 0 ? { ledger: book.ledger() } : {}),
    summary: summaryOf(comparison),
    detail: { comparison },
  }
}

/** `win_rate[1]`, and where it has an interval `win_rate_low[1]` and `win_rate_high[1]`. */
const named =
  (name: string) =>
  ({ value, low, high }: Estimate, place: number): [string, number][] => [
    [`${name}[${place}]`, value],
    ...(low === undefined || high === undefined
      ? []
      : ([
          [`${name}_low[${place}]`, low],
          [`${name}_high[${place}]`, high],
        ] as [string, number][])),
  ]

function summaryOf({ models, metrics }: Comparison): string {
  const first = metrics.find(({ name }) => name === 'win_rate') ?? metrics[0]!
  const percent = ['win_rate', 'accuracy', 'exact_match'].includes(first.name)
  const show = ({ value }: Estimate) => (percent ? `${(100 * value).toFixed(0)}%` : value.toFixed(3))
  return `${first.name.replaceAll('_', ' ')}: ${models.map((name, i) => `${name} ${show(first.values[i]!)}`).join(', ')}`
}
