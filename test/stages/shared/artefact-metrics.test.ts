/** Metrics of artefacts, as `expect` reads them from their files. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { ArtefactKind } from '../../../src/core/artefact.ts'
import { metricsOfArtefactKind } from '../../../src/core/kind/metrics.ts'
import type { StageRun } from '../../../src/core/kind/stage.ts'
import { metricsOf } from '../../../src/stages/shared/artefact-metrics.ts'
import { asDigest } from '../../brands.ts'

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-metrics-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The metrics of an artefact that consists of these files. Only documents need the stage. */
function measure(kind: ArtefactKind, files: Readonly<Record<string, string>>) {
  const path = join(folder, kind)
  mkdirSync(path)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return metricsOf({} as StageRun, { kind, path, digest: asDigest('') })
}

const messages = [{ role: 'user', content: 'Define whale.' }]
const lines = (...items: readonly object[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('')

test('answers have the number of responses, the share that ended, and the tokens that their stage counted', async () => {
  const responses = [
    { text: 'A fish.', ended: true },
    { text: 'A spouting fish with', ended: false },
  ]
  const metrics = await measure('Answers', {
    'answers-00000.jsonl': lines({ id: '1', messages, responses }, { id: '2', messages, responses }),
    'metrics.json': '{"tokens": 12, "mean_length": 3}',
  })
  expect(metrics).toEqual({ answers: 2, responses: 4, ended: 0.5, tokens: 12, mean_length: 3 })
  expect(Object.keys(metrics)).toEqual(expect.arrayContaining([...metricsOfArtefactKind('Answers')!]))
})

test('rankings have the number of responses, and how many rankings have ties', async () => {
  const metrics = await measure('Rankings', {
    'rankings-00000.jsonl': lines(
      { id: '1', messages, responses: ['a', 'b', 'c'], ranks: [1, 2, 2] },
      { id: '2', messages, responses: ['a', 'b'], ranks: [2, 1] },
    ),
  })
  expect(metrics).toEqual({ rankings: 2, responses: 5, with_ties: 1 })
  expect(Object.keys(metrics)).toEqual([...metricsOfArtefactKind('Rankings')!])
})
