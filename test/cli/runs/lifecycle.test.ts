/** The whole life of a tiny model through the real command: what a change of PPO runs again, and PPO killed half-way. */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { globSync } from 'tinyglobby'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StageReport } from '../../../src/core/report.ts'
import { type Event, makeProject, outcomes } from '../rig.ts'

const program = `use std.models { llama }
use std.chat { chatml }

param lr = 1e-3

data docs = read("definitions.jsonl")
data glosses = read("definitions.jsonl", field: "gloss")
tokenizer letters = bytes(special: chatml.tokens)
model tiny = llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 128)

stage base = pretrain(tiny, on: glosses |> encode(letters)) { steps: 4, batch: 4 }

data pairs = docs |> pair(prompt: "Define {word}.", response: "{gloss}")

stage chat = sft(base, on: pairs, template: chatml) { epochs: 1 }

data ranked = read("two_dictionaries.jsonl")
  |> rankings(prompt: "Define {word}.", best_first: ["{cynic}", "{scholar}"])

stage reward = reward_model(chat, on: ranked) { too_long: cut_start }

data asked, unseen = pairs |> prompts() |> split(50%, 50%, seed: 1)

stage aligned = ppo(chat, reward: reward, on: asked) {
  steps:            6
  rollouts:         8
  max_tokens:       8
  optimizer:        adamw(lr: lr)
  checkpoint_every: 0s
}

stage grouped = grpo(chat, reward: reward, on: asked) { steps: 2, rollouts: 8, max_tokens: 8 }
stage light = sft(base, on: pairs, template: chatml) { epochs: 1, lora: lora(rank: 2, merge: false) }
stage direct  = dpo(chat, on: ranked) { too_long: cut_start }

stage score = evaluate([base, chat, aligned, grouped, direct, light], on: pairs) {
  win_rate: against(chat, judge: reward, on: unseen, max_tokens: 8)
}

stage brief = evaluate([base, chat]) { win_rate: against(chat, score: -characters, on: unseen, max_tokens: 8) }
data answers = generate(aligned, on: unseen) { responses: 2, max_tokens: 8 }

expect score.kl[aligned] < 100
export aligned to "out/assistant" as hf
`
const lines = (name: string, count: number) =>
  `${readFileSync(join('pipelines/data', name), 'utf8').split('\n').slice(0, count).join('\n')}\n`
const files = {
  'a.llmpipe': program,
  'definitions.jsonl': lines('definitions.jsonl', 48),
  'two_dictionaries.jsonl': lines('two_dictionaries.jsonl', 32),
}
const project = makeProject(files)
let first: readonly Event[]
const digestOf = (events: readonly Event[], name: string) =>
  events.find(({ event, stage }) => event === 'finished' && stage === name)?.digest

beforeAll(() => {
  const { code, events } = project.events(['a.llmpipe'])
  expect(events.filter(({ event }) => event === 'failed')).toEqual([])
  expect(code).toBe(0)
  first = events
}, 120_000)
afterAll(() => project.remove())

describe('a tiny assistant', () => {
  test('every phase runs', () => {
    expect(first.at(-1)).toMatchObject({ failed: 0, cached: 0 })
    for (const stage of ['base', 'chat', 'reward', 'aligned', 'score', 'answers'])
      expect(digestOf(first, stage)).toMatch(/^[0-9a-f]{64}$/)
    expect(readdirSync(join(project.folder, 'out/assistant')).sort()).toEqual([
      '.llmpipe-export.json',
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'provenance.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
  })

  test('PPO reports reward, KL, entropy, clip fraction and length of every step', () => {
    const metrics = first.filter(({ event, stage, reward }) => event === 'metric' && stage === 'aligned' && reward)
    expect(metrics.length).toBeGreaterThan(0)
    for (const name of ['reward', 'kl', 'entropy', 'clipFraction', 'length'])
      for (const metric of metrics) expect(typeof metric[name]).toBe('number')
  })

  test('models are compared by an expression too, and one of two judges is wanted', () => {
    const report = first.find(({ event, stage }) => event === 'finished' && stage === 'brief')?.report as StageReport
    expect(report.metrics!['win_rate[1]']).toBe(0.5)
    expect(report.metrics!['reward[0]']!).toBeLessThan(0)
    for (const [by, message] of [
      ['', 'Nothing judges the answers'],
      ['judge: reward, score: -words,', 'Two judges are given'],
    ]) {
      project.write('c.llmpipe', program.replace('against(chat, judge: reward,', `against(chat, ${by}`))
      const { diagnostics } = JSON.parse(project.llmpipe(['check', 'c.llmpipe', '--json']).stdout)
      expect(diagnostics[0].message).toContain(message)
    }
  })

  test("after a change of PPO's settings, only PPO and the stages that depend on it run", () => {
    const { code, events } = project.events(['a.llmpipe', '-p', 'lr=2e-3'])
    expect(code).toBe(0)
    const ran = Object.entries(outcomes(events)).flatMap(([stage, how]) => (how === 'cached' ? [] : [stage]))
    expect(ran.sort()).toEqual(['aligned', 'answers', 'expect score.kl[aligned]', 'export aligned', 'score'])
  }, 60_000)

  test('killed during PPO, resumes from its last step and ends with the same bytes', async () => {
    const other = makeProject(files)
    const child = other.start(['run', 'a.llmpipe', '--json'])
    let text = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout!.on('data', (data) => {
        text += data
        if (!/"event":"checkpoint"[^\n]*"step":3\b|"step":3\b[^\n]*"event":"checkpoint"/.test(text)) return
        if (child.killed) return
        child.kill('SIGKILL')
      })
      child.on('exit', () => resolve())
      child.on('error', reject)
    })
    expect(text).not.toContain('run-finished')
    const { code, events } = other.events(['a.llmpipe'])
    expect(code).toBe(0)
    const resumed = events.find(({ event, stage }) => event === 'log' && stage === 'aligned')
    expect(resumed?.message).toMatch(/^resumed from step [3-6]$/)
    expect(outcomes(events)).toMatchObject({ base: 'cached', chat: 'cached', reward: 'cached', aligned: 'finished' })
    expect(digestOf(events, 'aligned')).toBe(digestOf(first, 'aligned'))
    expect(digestOf(events, 'score')).toBe(digestOf(first, 'score'))
    other.remove()
  }, 120_000)

  test('an exported model is read again, and measured the same', () => {
    project.write(
      'b.llmpipe',
      `stage start = weights("out/assistant") { chat: true }
data pairs = read("definitions.jsonl") |> pair(prompt: "Define {word}.", response: "{gloss}")
stage score = evaluate([start], on: pairs)
stage more = sft(start, on: pairs) { epochs: 1 }
`,
    )
    // The export of the first program, not of the one with another learning rate.
    expect(project.events(['a.llmpipe']).code).toBe(0)
    const { code, events } = project.events(['b.llmpipe'])
    expect(events.filter(({ event }) => event === 'failed')).toEqual([])
    expect(code).toBe(0)
    const lossOf = (all: readonly Event[], metric: string) => {
      const report = all.find(({ event, stage }) => event === 'finished' && stage === 'score')?.report
      return (report as StageReport).metrics![metric]
    }
    expect(lossOf(events, 'loss[0]')).toBe(lossOf(first, 'loss[2]'))
  }, 60_000)
})

describe('the pipelines that come with llmpipe', () => {
  // Not the store of a run that was made there, `pipelines/.llmpipe`.
  const shipped = globSync('pipelines/*.llmpipe').map((path) => basename(path))
  test.each(shipped)('%s compiles without warnings, and is formatted', (name) => {
    const path = join('pipelines', name)
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [resolve('dist/llmpipe.js'), ...args], { encoding: 'utf8' })
    const checked = run('check', path, '--json')
    expect(checked.status).toBe(0)
    // The text of shakespeare.llmpipe is not in this package.
    const said = JSON.parse(checked.stdout).diagnostics.filter(({ code }: { code: string }) => code !== 'W0416')
    expect(said).toEqual([])
    expect(run('fmt', '--check', path).status).toBe(0)
  })
})
