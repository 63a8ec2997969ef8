/** The kind `best`: what it takes, what type it has, and what it chooses. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ArtefactType } from '../../../src/core/artefact.ts'
import type { StageReport } from '../../../src/core/report.ts'
import { partsOfDetail } from '../../../src/core/report.ts'
import type { JsonObject } from '../../../src/core/values/json.ts'
import { run } from '../../../src/stages/judging/best.run.ts'
import { best } from '../../../src/stages/judging/best.ts'

const root = mkdtempSync(join(tmpdir(), 'llmpipe-best-'))
afterAll(() => rmSync(root, { recursive: true }))
let made = 0

function folderOf(metrics: object): string {
  const folder = join(root, `${made++}`)
  mkdirSync(join(folder, 'inside'), { recursive: true })
  writeFileSync(join(folder, 'metrics.json'), JSON.stringify(metrics))
  writeFileSync(join(folder, 'inside', 'model.safetensors'), `weights ${made}`)
  return folder
}

async function choose(
  models: readonly object[],
  params: JsonObject,
): Promise<StageReport & { out: string; folders: string[] }> {
  const folders = models.map(folderOf)
  const out = join(root, `out-${made++}`)
  const $of = folders.map((_, index) => `base[lr=${index}]`)
  const stage = {
    settings: { $of, ...params },
    inputs: { of: folders.map((path) => ({ kind: 'Weights', digest: path, path })) },
    outputs: { out },
  }
  return { ...(await run(stage as never, {} as never)), out, folders }
}

describe('it chooses', () => {
  test('the least of a loss, and the greatest of an accuracy', async () => {
    const models = [
      { valid_loss: 3, accuracy: 0.5 },
      { valid_loss: 1, accuracy: 0.4 },
      { valid_loss: 2, accuracy: 0.9 },
    ]
    expect((await choose(models, { by: 'valid_loss' })).summary).toBe('base[lr=1], best of 3 by valid_loss')
    expect((await choose(models, { by: 'accuracy' })).summary).toBe('base[lr=2], best of 3 by accuracy')
    expect((await choose(models, { by: 'valid_loss', goal: 'max' })).summary).toBe(
      'base[lr=0], best of 3 by valid_loss',
    )
  })

  test('the first of equals, and reports all, the best first', async () => {
    const { metrics, detail } = await choose([{ loss: 2 }, { loss: 1, x: 7 }, { loss: 1 }], { by: 'loss', goal: 'min' })
    expect(metrics).toEqual({ loss: 1, x: 7 })
    expect(partsOfDetail(detail).ranking).toEqual({
      by: 'loss',
      rows: [
        { name: 'base[lr=1]', value: 1 },
        { name: 'base[lr=2]', value: 1 },
        { name: 'base[lr=0]', value: 2 },
      ],
    })
  })

  test('and gives the very files of the winner, without a copy', async () => {
    const { out, folders } = await choose([{ kl: 2 }, { kl: 1 }], { by: 'kl' })
    const inside = join('inside', 'model.safetensors')
    expect(readFileSync(join(out, inside), 'utf8')).toBe(readFileSync(join(folders[1]!, inside), 'utf8'))
    expect(statSync(join(out, inside)).ino).toBe(statSync(join(folders[1]!, inside)).ino)
  })

  test('nothing if one of them was not measured', async () => {
    await expect(choose([{ kl: 2 }, { loss: 1, note: 'x' }], { by: 'kl' })).rejects.toMatchObject({
      code: 'unknown-metric',
      message: 'base[lr=1] has no metric kl',
      help: 'It has loss.',
    })
  })
})

describe('its type', () => {
  const weights = (more: object = {}) => ({ kind: 'Weights', model: 'm', tokenizer: 'bpe', ...more }) as ArtefactType
  const typeOf = (of: readonly ArtefactType[], params: JsonObject = { by: 'valid_loss' }) => {
    const outputs = best.outputs({ inputs: { of }, params, names: 1, self: 'tuned' })
    return 'code' in outputs ? `${outputs.code}: ${outputs.message}` : outputs[0]!.type
  }

  test('is that of all models, without the architecture if it differs', () => {
    expect(typeOf([weights(), weights()])).toEqual(weights())
    expect(typeOf([weights(), weights({ model: 'n' }), weights({ model: 'm' })])).toEqual(weights({ model: 'tuned' }))
    const reward: ArtefactType = { kind: 'Reward', tokenizer: 'bpe', template: 'chatml' }
    expect(typeOf([reward, reward])).toEqual(reward)
  })

  test('is undefined if the models do not go together', () => {
    expect(typeOf([weights(), { kind: 'Reward', tokenizer: 'bpe' }])).toMatch(/^invalid-setting: Weights and reward/)
    expect(typeOf([weights(), weights({ tokenizer: 'letters' })])).toBe(
      'tokenizer-mismatch: One of the models is of the tokenizer `bpe`, one of `letters`',
    )
    expect(typeOf([weights(), weights({ template: 'chatml' })])).toBe(
      'template-mismatch: One of the models has no chat template, one the chat template chatml',
    )
    expect(typeOf([])).toBe('invalid-setting: `of` is an empty list, and needs at least one')
  })

  test('needs a goal where it is not known which way a metric is better', () => {
    expect(typeOf([weights()], { by: 'parameters' })).toBe(
      'invalid-setting: llmpipe does not know whether more or less of parameters is better',
    )
    expect(typeOf([weights()], { by: 'parameters', goal: 'min' })).toEqual(weights())
  })
})
