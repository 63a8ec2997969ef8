/** Every figure of a report is that of `show --json`: its page is read back, figure by figure, and its wrong answers word by word. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DetailParts, type Distribution, partsOfDetail, type StageReport } from '../../../src/core/report.ts'
import { makeProject, prose } from '../rig.ts'

/** Sums of two digits: the question, the right answer, three choices of which the first is right, and a worse answer. */
const sums = Array.from({ length: 60 }, (_, i) => {
  const [a, b] = [i % 9, (i * 7) % 8]
  return { question: `${a} + ${b} <b>&?`, answer: `${a + b}`, worse: `${a + b + 1}?` }
})

const made = makeProject({
  'data/book.txt': `${prose}\nTwo words.\n`,
  'data/sums.jsonl': sums.map((sum) => `${JSON.stringify(sum)}\n`).join(''),
  'data/quiz.jsonl': sums
    .map(({ question, answer, worse }) => `${JSON.stringify({ question, choices: [answer, worse, '+'], answer: 0 })}\n`)
    .join(''),
  'p.llmpipe': `use std.chat { plain }
use std.models { llama }

data raw = read("data/*.txt", split: paragraphs) |> keep(where: words >= 3) |> dedup(exact)
data pairs = read("data/sums.jsonl") |> pair(prompt: "{question}", response: "{answer}")
data ranked = read("data/sums.jsonl") |> rankings(prompt: "{question}", best_first: ["{answer}", "{worse}"])
data quiz = read("data/quiz.jsonl")
data open = read("data/sums.jsonl")
data text = pairs |> render(plain)
tokenizer letters = characters(text, end_of_text: "<|endoftext|>")
data tokens = text |> encode(letters)

for lr in [1e-3, 3e-3], layers in [1, 2] {
  model tiny = llama(vocab: letters.size, dim: 16, layers: layers, heads: 2, context: 32)
  stage base = pretrain(tiny, on: tokens, validate: tokens) { steps: 6, batch: 4, optimizer: adamw(lr: lr) }
}
stage tuned = best(base, by: valid_loss)
stage chat = sft(tuned, on: pairs, template: plain) { epochs: 1, batch: 8, optimizer: adamw(lr: 1e-3) }
stage reward = reward_model(chat, on: ranked) { epochs: 1, optimizer: adamw(lr: 1e-3) }
stage choice = evaluate([tuned, chat], on: quiz, measure: multiple_choice)
stage open_book = evaluate([chat], on: open, measure: exact_match)
expect chat.valid_loss < 100
`,
})
afterAll(() => made.remove())

const reports = new Map<string, StageReport>()
let page = ''
beforeAll(() => {
  const { code, events } = made.events(['p.llmpipe'])
  expect(code).toBe(0)
  expect(made.llmpipe(['report', 'p.llmpipe']).code).toBe(0)
  page = readFileSync(join(made.folder, 'report.html'), 'utf8')
  for (const { event, stage = '' } of events) {
    if ((event !== 'finished' && event !== 'cached') || stage.startsWith('expect')) continue
    const shown = made.llmpipe(['show', 'p.llmpipe', stage, '--json'])
    expect([stage, shown.code]).toEqual([stage, 0])
    reports.set(stage, JSON.parse(shown.stdout).report)
  }
}, 180_000)

const plain = (markup: string) =>
  markup
    .replace(/<[^>]*>/g, '')
    .replace(
      /&(lt|gt|amp|quot|apos);/g,
      (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" })[name]!,
    )

/** The number of a distribution by its name on the page. */
function inDistribution({ mean, deviation, quantiles }: Distribution, name: string): number | undefined {
  return { mean, deviation }[name] ?? quantiles[Number(/^quantile (\d+)$/.exec(name)?.[1])]
}

/** The value that `show --json` has for a figure of the page: of a stage, and of what in it. */
function shownValue(stage: string, of: string): number | undefined {
  const report = reports.get(stage)
  const parts: Partial<DetailParts> = partsOfDetail(report?.detail)
  const ledger = report?.ledger
  const distribution = /^(scores|margins) (mean|deviation|quantile \d+)$/.exec(of)
  if (distribution !== null) {
    const spread = distribution[1] === 'scores' ? parts.scores : parts.margins
    return spread === undefined ? undefined : inDistribution(spread, distribution[2]!)
  }
  if (of === 'mistakes') return parts.comparison?.mistakes?.questions
  if (of.startsWith('ranking ')) return parts.ranking?.rows.find(({ name }) => `ranking ${name}` === of)?.value
  const inSource = /^(.*) (contaminated|texts)$/.exec(of)
  if (parts.overlap !== undefined && inSource !== null) {
    const { all, sources } = parts.overlap
    const source = [...sources, { ...all, name: 'together' }].find(({ name }) => name === inSource[1])
    return source?.[inSource[2] as 'contaminated' | 'texts']
  }
  if (of === 'ledger.in.documents') return ledger?.in.documents
  if (of === 'ledger.out.documents') return ledger?.out.documents
  const rule = ledger?.dropped.find((each) => of === `dropped ${each.rule}`)
  if (rule !== undefined) return rule.documents
  const seen = ledger?.dropped.flatMap(({ rule: name, seen: all = [] }) => all.map((each) => ({ name, ...each })))
  const histogram = seen?.find(({ name, metric }) => of === `seen ${name} ${metric}`)
  return histogram === undefined
    ? report?.metrics?.[of]
    : histogram.bins.reduce((sum, [, , documents]) => sum + documents, 0)
}

test('every figure that names its source has the value of show --json', () => {
  const names = [...reports.keys()].sort((a, b) => b.length - a.length)
  const figures = [...page.matchAll(/<data value="([^"]*)" data-of="([^"]*)"/g)].map(([, value, of = '']) => {
    // An expectation shows the metric that it tests.
    const whole = plain(of).replace(/^expect (\w+)\.\w+ /, '$1 ')
    const stage = names.find((name) => whole.startsWith(`${name} `)) ?? ''
    return { stage, of: whole.slice(stage.length + 1), value: Number(value) }
  })
  const kinds = new Set(figures.map(({ of }) => of.replace(/ .*|\[.*/, '')))
  // So that the test is about something.
  for (const kind of [
    'valid_loss',
    'accuracy',
    'mistakes',
    'ranking',
    'dropped',
    'seen',
    'scores',
    'pairs',
    'ledger.in.documents',
  ])
    expect([...kinds]).toContain(kind)
  expect(figures.map(({ stage, of }) => ({ stage, of, value: shownValue(stage, of) }))).toEqual(figures)
})

test('every figure names its source, but for the ranks and rewards of single answers', () => {
  const rest = page.replace(/<section id="(?:answers|rollouts)".*?<\/section>/gs, '')
  expect(rest.length).toBeLessThan(page.length)
  expect([...rest.matchAll(/<data value="[^"]*" title[^<]*<\/data>/g)].map(([figure]) => figure)).toEqual([])
})

test.each(['choice', 'open_book'])('the wrong answers of %s are those of show --json', (stage) => {
  const { comparison } = partsOfDetail(reports.get(stage)?.detail)
  const shown = comparison?.mistakes?.shown ?? []
  expect(shown.length).toBeGreaterThan(5)
  const [, body = ''] =
    new RegExp(`aria-label="Wrong answers in ${stage}".*?<tbody>(.*?)</tbody>`, 's').exec(page) ?? []
  const rows = [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => plain(cell)),
  )
  expect(rows).toEqual(
    shown.map(({ question, right, answers }) => [
      question,
      right.join(' / '),
      ...answers.map(({ text, isRight }) => `${isRight ? '✓ right' : '✗ wrong'} ${text}`),
    ]),
  )
})
