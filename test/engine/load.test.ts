/** Engines that are not installed, and the errors that say so. */

import { expect, test } from 'vitest'
import { loadEngine } from '../../src/engine/load.ts'

test('an engine that does not exist', async () => {
  await expect(loadEngine('jax')).rejects.toThrow(
    expect.objectContaining({ code: 'no-engine', help: 'The engines are onnx, tfjs and torch.' }),
  )
})

test('an engine is loaded once', async () => {
  expect(await loadEngine('onnx')).toBe(await loadEngine('onnx'))
})
