/** A run with every section of the page, and with texts that would be attacks if they were markup. */

import type { ReportData } from '../../src/report/data.ts'
import { bucketed } from '../../src/view/charts/band.ts'
import { run, stage } from './data.ts'

const attack =
  '<script>window.attacked = 1</script><img src=x onerror="window.attacked=1"> \u202etfel ot thgir\u202c 👩‍🚀 \0 \ud800'

/** A falling curve of `steps` points with a little noise. */
const falling = (from: number, to: number, steps: number) =>
  bucketed(
    Array.from({ length: steps }, (_, i) => ({
      step: i + 1,
      value: to + (from - to) * Math.exp((-5 * i) / steps) + 0.02 * ((i * 7919) % 13),
    })),
    300,
  )

const estimate = (value: number) => ({ value, low: value - 0.05, high: value + 0.04 })

export function fullRun(): ReportData {
  const files = [{ name: 'data/prose/moby.txt', size: 1_200_000, sha256: 'ab'.repeat(32) }]
  const prose = stage({
    id: 'prose',
    kind: 'documents',
    files,
    settings: { split: 'paragraphs', keep: { where: 'words > 8' } },
    report: { summary: '2,421 of 2,821 documents, 1.76 MB' },
    ledger: {
      in: { documents: 2_821, bytes: 1_800_000 },
      out: { documents: 2_421, bytes: 1_760_000 },
      dropped: [
        {
          rule: 'keep: words >= 8',
          documents: 380,
          bytes: 30_000,
          samples: [{ id: 'moby.txt:3', text: attack, value: '3' }],
          seen: [
            {
              metric: 'words',
              limits: [8],
              bins: [
                [2, 3, 380],
                [10, 12, 1_200],
                [160, 192, 1_241],
              ],
            },
          ],
        },
        { rule: 'gopher_quality: alpha_ratio', documents: 20, bytes: 10_000, samples: [] },
      ],
      changed: [{ step: 'normalize', documents: 26, note: 'white space 26' }],
      malformed: { count: 2, samples: [{ file: 'bad.jsonl', line: 4, message: 'not JSON' }] },
      truncated: [{ step: 'cut', documents: 3 }],
    },
  })
  const bpe = stage({
    id: 'bpe',
    kind: 'train_bpe',
    after: ['prose'],
    report: { summary: '1,024 ids' },
    outputs: [{ name: 'out', digest: 'c'.repeat(64) as never, kind: 'Tokenizer', bytes: 9_000 }],
  })
  const tokens = stage({
    id: 'tokens',
    kind: 'encode',
    after: ['prose', 'bpe'],
    report: { metrics: { tokens: 627_931, documents: 2_421, bytes: 1_729_159, bytes_per_token: 2.754 } },
  })
  const variants = ['1e-4', '3e-4', '1e-3', '3e-3'].flatMap((lr) =>
    ['1', '3', '6'].map((layers) =>
      stage({
        id: `base[lr=${lr}, layers=${layers}]`,
        kind: 'pretrain',
        after: ['tokens'],
        variant: { of: 'base', values: { lr, layers } },
        seconds: 12,
        report: { metrics: { valid_loss: 3 - Number(lr) * 200 + Number(layers) / 20, parameters: 184_512 } },
        curves: { loss: falling(8, 3, 400), gradientNorm: falling(2, 0.5, 400) },
      }),
    ),
  )
  const failed = stage({
    id: 'base[lr=1, layers=1]',
    kind: 'pretrain',
    state: 'failed',
    after: ['tokens'],
    variant: { of: 'base', values: { lr: '1', layers: '1' } },
    error: { code: 'diverged', message: `training diverged at step 6 ${attack}`, help: 'Lower the learning rate.' },
    logTail: ['step 5 loss 8.1', attack],
  })
  const chat = stage({
    id: 'chat',
    kind: 'sft',
    after: ['base[lr=3e-3, layers=3]'],
    report: {
      metrics: { valid_loss: 1.234_567, base_loss: 2.5 },
      summary: 'held-out loss 1.2346',
      detail: { sample: { prompt: 'Define whale.', text: ' A large fish.' } },
    },
    curves: {
      loss: falling(4, 1, 10_000),
      validLoss: falling(4, 1.2, 20),
      learningRate: falling(1e-3, 1e-5, 10_000),
      tokensPerSecond: falling(9_000, 8_000, 100),
    },
    samples: [1, 50, 100].map((step) => ({ step, prompt: 'Define whale.', text: `${step} ${attack}` })),
    warnings: ['2 pairs were too long', '2 pairs were too long', attack],
  })
  const reward = stage({
    id: 'reward',
    kind: 'reward_model',
    after: ['chat'],
    report: {
      metrics: { accuracy: 0.81 },
      detail: {
        calibration: [0.55, 0.65, 0.75, 0.85, 0.95].map((confidence, i) => ({
          from: confidence - 0.05,
          to: confidence + 0.05,
          pairs: 10 * i + 5,
          confidence,
          accuracy: confidence - 0.03,
        })),
        scores: { mean: 0.1, deviation: 1.2, quantiles: [-2, -1, 0, 1, 2] },
        margins: { mean: 0.7, deviation: 0.9, quantiles: [-1, 0, 0.5, 1, 2] },
      },
    },
  })
  const aligned = stage({
    id: 'aligned',
    kind: 'ppo',
    state: 'running',
    progress: '40 of 80 steps',
    after: ['chat', 'reward'],
    rollouts: Array.from({ length: 30 }, (_, i) => ({
      step: i + 1,
      prompt: 'Define whale.',
      text: `${i} ${attack}`,
      reward: i === 3 ? null : i / 10,
    })),
    curves: {
      reward: falling(-1, 2, 80),
      kl: falling(0.1, 5, 80),
      length: falling(40, 20, 80),
      entropy: falling(4, 2, 80),
      loss: falling(1, 0, 80),
    },
  })
  const score = stage({
    id: 'score',
    kind: 'evaluate',
    after: ['chat', 'aligned'],
    report: {
      detail: {
        comparison: {
          models: ['chat', 'aligned'],
          metrics: [
            { name: 'win_rate', values: [estimate(0.5), estimate(0.7)] },
            { name: 'perplexity', values: [{ value: 12.3 }, { value: 13.1 }] },
          ],
          answers: [],
          mistakes: {
            questions: 60,
            shown: Array.from({ length: 9 }, (_, i) => ({
              question: `What is ${i}? ${attack}`,
              right: ['a number', attack],
              answers: [
                { text: 'a number', isRight: true },
                { text: attack, isRight: false },
              ],
            })),
          },
        },
      },
    },
    answers: Array.from({ length: 8 }, (_, i) => ({
      prompt: `Define word ${i}. ${attack}`,
      answers: [
        { by: 'chat', text: 'A word.' },
        { by: 'aligned', text: attack },
      ],
    })),
  })
  const answers = stage({
    id: 'said',
    kind: 'generate',
    after: ['chat'],
    answers: Array.from({ length: 12 }, (_, i) => ({
      prompt: `Question ${i}`,
      answers: [{ by: 'answer 1', text: `Answer ${attack}`, score: -i }],
    })),
    outputs: [{ name: 'out', digest: 'd'.repeat(64) as never, kind: 'Answers', bytes: 100 }],
  })
  const check = stage({ id: 'expect score', kind: 'expect', after: ['score'], report: { summary: 'win_rate is 0.7' } })
  const unmet = stage({
    id: 'expect reward',
    kind: 'expect',
    state: 'failed',
    after: ['reward'],
    error: { code: 'expectation-failed', message: 'expected reward.accuracy >= 90%, but accuracy is 0.81' },
  })
  const lost = stage({ id: 'old', state: 'cached', gone: ['its output'] })
  const stages = [prose, bpe, tokens, ...variants, failed, chat, reward, aligned, score, answers, check, unmet, lost]
  return run(stages, {
    outcome: 'running',
    machine: 'laptop',
    failed: 2,
    results: ['chat', 'reward', 'score'],
    notices: ['the remote cache cannot be reached'],
    commands: [{ line: 'llmpipe run p.llmpipe', purpose: 'run it again' }],
  })
}
