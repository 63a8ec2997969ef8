/** Failures as events report them. */

import { describe, expect, it, test } from 'vitest'
import { failureOf, StageError } from '../../src/core/failure.ts'
import { kinds } from '../../src/stages/index.ts'

describe('a stage that runs out of memory', () => {
  const noArray = () => {
    try {
      new ArrayBuffer(2 ** 50)
    } catch (error) {
      return error
    }
    throw new Error('this machine allocates a petabyte')
  }

  it('is advised which of its own settings lower the need', () => {
    const error = new StageError('out-of-memory', 'ONNX Runtime ran out of memory: bad_alloc')
    expect(failureOf(error, kinds.dpo!.memoryHelp)).toEqual({
      code: 'out-of-memory',
      message: 'ONNX Runtime ran out of memory: bad_alloc',
      help: expect.stringContaining('Lower `max_length`'),
    })
    expect(failureOf(error).help).toMatch(/--jobs 1/)
  })

  it('keeps the help that its failure brings', () => {
    expect(failureOf(new StageError('out-of-memory', 'no', 'Do this.'), 'Do that.').help).toBe('Do this.')
  })

  it('is not reported as a bug if V8 cannot allocate an array', () => {
    expect(failureOf(noArray())).toMatchObject({ code: 'out-of-memory' })
  })
})

test('every kind that computes with an engine names settings of its own that lower its memory', () => {
  // A rank stage asks a reward model for single scores: no setting of its own changes what that takes.
  const computing = Object.values(kinds).filter(
    ({ name, settings }) => 'engine' in settings.properties && name !== 'rank',
  )
  expect(computing.length).toBeGreaterThan(7)
  for (const { name, settings, memoryHelp = '' } of computing) {
    const named = [...memoryHelp.matchAll(/`(\w+)`/g)].map(([, setting]) => setting!)
    expect(named, name).not.toEqual([])
    for (const setting of named) expect(Object.keys(settings.properties), name).toContain(setting)
  }
})
