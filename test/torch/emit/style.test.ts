/** Emitted modules pass `ruff check` and `ruff format --check`. Runs where LLMPIPE_PYTHON has ruff. */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { torchModule } from '../../../src/engine/torch/emit/torch-module.ts'
import { graphs } from '../../engine/torch/emit/models.ts'
import { strange } from '../../engine/torch/emit/strange.ts'
import { scratch } from '../../train/small.ts'
import { python } from './modules.ts'

const hasRuff = python !== undefined && spawnSync(python, ['-m', 'ruff', '--version']).status === 0

describe.skipIf(!hasRuff)('emitted modules', () => {
  const folder = scratch()
  // Lines with names longer than a line cannot be laid out as ruff does.
  const { 'long names': _, ...others } = strange
  for (const [i, graph] of Object.values({ ...graphs, ...others }).entries())
    for (const precision of ['float32', 'bfloat16'] as const)
      writeFileSync(join(folder, `m${i}_${precision}.py`), torchModule(graph, { precision }).source)

  it.each([
    ['check', ['check']],
    ['format', ['format', '--diff']],
  ])('pass ruff %s', (_name, words) => {
    const { status, stdout } = spawnSync(python!, ['-m', 'ruff', ...words, '--isolated', folder], { encoding: 'utf8' })
    expect(stdout).toMatch(/^(All checks passed!\n)?$/)
    expect(status).toBe(0)
  })
})
