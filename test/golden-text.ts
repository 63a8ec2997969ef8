/** Texts that must not change unless they are meant to: UPDATE=1 writes them again. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from 'vitest'

/** Expects the file at `path` to hold `text`. */
export function expectGolden(path: string, text: string): void {
  if (process.env.UPDATE || !existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  expect(text).toBe(readFileSync(path, 'utf8'))
}
