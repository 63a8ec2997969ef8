/** Engines that are not there: what the person is told. */

import { expect, test } from 'vitest'
import { loadEngine } from '../../src/engine/load.ts'

test('an engine that does not exist', () => {
  expect(() => loadEngine('torch')).toThrow(
    expect.objectContaining({ code: 'no-engine', help: 'The engines are onnx and tfjs.' }),
  )
})

test('an engine is loaded once', () => {
  expect(loadEngine('onnx')).toBe(loadEngine('onnx'))
})
