/** The sections of the page: each appears if the run has its data, and shows what the run measured. */

import { describe, expect, test } from 'vitest'
import type { RunOutcome } from '../../src/view/log/summary.ts'
import { pageOf, run, stage } from './data.ts'

const titles = (page: string) => [...page.matchAll(/<h2[^>]*>([^<]*)<\/h2>/g)].map(([, title]) => title)
const curve = (values: readonly number[]) => values.map((value, i) => ({ step: i + 1, value }))

describe('the page', () => {
  test('of a run without measurements has only the sections that every run has', () => {
    expect(titles(pageOf(run([stage({ id: 'prose' })])))).toEqual(['Stages', 'Reproduce', 'Every stage'])
  })

  test('of a run without stages is still a page', () => {
    expect(titles(pageOf(run([])))).toEqual(['Reproduce'])
  })

  test('forbids every request, and runs no script but its own', () => {
    const page = pageOf(run([]))
    expect(page).toContain('content="default-src &apos;none&apos;; script-src &apos;sha256-')
    expect(page.match(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/g)).toBeNull()
  })

  test('shows a failure first, with its help and the end of its log', () => {
    const failed = stage({
      id: 'base',
      state: 'failed',
      error: { code: 'diverged', message: 'training diverged at step 6', help: 'Lower lr.' },
      logTail: ['step 5', 'step 6'],
    })
    const page = pageOf(
      run([failed, stage({ id: 'score', state: 'skipped', because: 'base failed' })], { outcome: 'failed', failed: 1 }),
    )
    expect(titles(page)[0]).toBe('What failed')
    for (const text of ['training diverged at step 6', 'Lower lr.', 'step 5\nstep 6', '1 stage did not start'])
      expect(page).toContain(text)
  })

  test.each<[RunOutcome, string]>([
    ['running', 'The run was under way when this page was made'],
    ['killed', 'it was killed, or its machine stopped'],
    ['interrupted', '>interrupted<'],
    ['stopped', '>stopped<'],
    ['superseded', '>superseded<'],
  ])('says that a run is %s', (outcome, words) => {
    expect(pageOf(run([stage({ id: 'a' })], { outcome }))).toContain(words)
  })

  test('says that nothing had to run, and what the store has lost', () => {
    const cached = stage({ id: 'base', state: 'cached', gone: ['its output'] })
    const page = pageOf(run([cached], { ran: 0, cached: 1 }))
    expect(page).toContain('Nothing had to run')
    expect(page).toContain('<bdi>base</bdi> lost its output')
  })

  test('draws the loss of a training beside its other scalars, each once', () => {
    const trained = stage({
      id: 'base',
      kind: 'pretrain',
      curves: {
        loss: curve([3, 2, 1]),
        validLoss: curve([3, 2]),
        learningRate: curve([1e-3, 1e-4]),
        gradientNorm: curve([1, 2]),
        clipFraction: curve([0, 1]),
        tokensPerSecond: curve([5, 6]),
      },
    })
    const page = pageOf(run([trained]))
    const captions = [...page.matchAll(/<figcaption>([^<]*)/g)].map(([, caption]) => caption)
    expect(captions).toEqual(['Loss', 'Learning rate', 'Gradient norm', 'Clip fraction', 'Tokens per second'])
  })

  test('joins the variants of a stage to one row of the graph, and lists each in the sweep', () => {
    const variants = ['1', '2', '3'].map((lr) =>
      stage({
        id: `base[lr=${lr}]`,
        kind: 'pretrain',
        variant: { of: 'base', values: { lr } },
        report: { metrics: { valid_loss: Number(lr) } },
        curves: { loss: curve([3, 2, Number(lr)]) },
      }),
    )
    const page = pageOf(run(variants))
    expect(page.match(/<li class="good">/g)).toHaveLength(1)
    expect(page).toContain('pretrain, 3 variants')
    expect(page.match(/data-of="base\[lr=\d\] valid_loss"/g)!.length).toBeGreaterThanOrEqual(3)
    expect(titles(page)).toEqual(['Stages', 'Sweep', 'Reproduce', 'Every stage'])
  })

  test('draws variants that differ only in their seed as one curve with a band', () => {
    const seeds = ['1', '2'].map((seed) =>
      stage({
        id: `base[seed=${seed}]`,
        kind: 'pretrain',
        variant: { of: 'base', values: { seed } },
        curves: { loss: curve([3, Number(seed)]) },
      }),
    )
    const [, json = ''] = /<script type="application\/json">(.*?)<\/script>/.exec(pageOf(run(seeds))) ?? []
    expect(JSON.parse(json).curves).toEqual([
      {
        name: 'all seeds',
        tone: 'first',
        points: [
          [1, 3, 3, 3],
          [2, 1.5, 1, 2],
        ],
      },
    ])
  })

  test('lists rollouts with their rewards, and leaves the samples of that stage out', () => {
    const rollouts = [{ step: 1, prompt: 'Why?', text: ' So.', reward: 0.5 }]
    const page = pageOf(run([stage({ id: 'aligned', kind: 'ppo', rollouts, samples: rollouts })]))
    expect(titles(page)).toEqual(['Stages', 'Rollouts', 'Reproduce', 'Every stage'])
    expect(page).toContain('<data value="0.5" title="0.5">0.500</data>')
  })

  test('shows the samples of the best variant of a sweep, and says of how many', () => {
    const variants = [3, 1, 2].map((loss) =>
      stage({
        id: `base[lr=${loss}]`,
        kind: 'pretrain',
        variant: { of: 'base', values: { lr: String(loss) } },
        report: { metrics: { valid_loss: loss } },
        curves: { loss: curve([4, loss]) },
        samples: [{ step: 2, prompt: 'So', text: ` it is ${loss}.` }],
      }),
    )
    const page = pageOf(run(variants))
    expect(titles(page)).toEqual(['Stages', 'Sweep', 'Samples', 'Reproduce', 'Every stage'])
    expect(page.match(/ it is \d\./g)).toEqual([' it is 1.'])
    expect(page).toContain('the best of 3 variants with samples')
  })

  test('shows an expectation as the program writes it', () => {
    const check = stage({ id: 'expect base.valid_loss', kind: 'expect', expectation: 'base.valid_loss < 7' })
    expect(pageOf(run([check]))).toContain('<b>holds</b> <code>base.valid_loss &lt; 7</code>')
  })

  test('shows expressions in settings in the words of the program', () => {
    const rules = [{ $label: 'words in 8..100', test: { op: 'between' } }]
    const where = { op: '>' }
    const settings = {
      optimizer: { lr: 0.001 },
      keep: { $where: 'words > 8', where },
      rules,
      $of: ['x'],
      order: [1, 2],
    }
    const page = pageOf(run([stage({ id: 'prose', settings })]))
    const shown = [...page.matchAll(/<dt>([^<]*)<\/dt><dd><span class="text" dir="auto">([^<]*)/g)].map(
      ([, ...pair]) => pair,
    )
    expect(shown).toEqual([
      ['optimizer.lr', '0.001'],
      ['keep.where', 'words &gt; 8'],
      ['rules.1', 'words in 8..100'],
      ['order', '[1,2]'],
    ])
  })

  test('writes every figure short to read and exact in its value', () => {
    const page = pageOf(
      run([stage({ id: 'base', report: { metrics: { valid_loss: 1.23456789 } } })], { results: ['base'] }),
    )
    expect(page).toContain('<data value="1.23456789" data-of="base valid_loss" title="1.23456789">1.235</data>')
  })

  test('of sixty curves of ten thousand points stays below a megabyte', async () => {
    const { thinned } = await import('../../src/cli/report/curves.ts')
    const points = Array.from({ length: 10_000 }, (_, i) => ({ step: i + 1, value: 1 / (i + 1) + (i % 7) / 10 }))
    const scalars = thinned(
      Array.from({ length: 20 }, () => ({ loss: points, learningRate: points, gradientNorm: points })),
    )
    const stages = scalars.map((curves, i) => stage({ id: `s${i}`, kind: 'pretrain', curves }))
    expect(Buffer.byteLength(pageOf(run(stages)))).toBeLessThan(1e6)
  })
})
