/** The token reader gives the same windows from memory and from the file. */

import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import { TokenReader } from '../../src/text/tokens.ts'
import { TokenWriter } from '../../src/text/tokens-writer.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Tokens of `documents` documents of a byte tokenizer with `size` ids. */
function written(documents: number, size: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-tokens-'))
  folders.push(folder)
  const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []), size)
  const writer = new TokenWriter(folder, tokenizer, tokenizer.endOfText)
  for (let i = 0; i < documents; i++) writer.add(`document ${i}`)
  writer.finish()
  return folder
}

describe.each([
  ['uint16', 65_536],
  ['uint32', 65_537],
])('%s tokens', (dtype, size) => {
  // More than one chunk of the writer.
  const folder = written(50_000, size)

  it('are the same from memory and by windows of the file', () => {
    const memory = new TokenReader(folder)
    const file = new TokenReader(folder, 0)
    expect(memory.meta.dtype).toBe(dtype)
    expect(memory.length).toBe(file.length)
    expect([...file.window(0, 11)]).toEqual([...Buffer.from('document 0'), 256])
    for (const start of [0, 1, 12_345, memory.length - 100]) {
      expect([...file.window(start, 100)]).toEqual([...memory.window(start, 100)])
      const target = new Int32Array(110)
      file.read(start, 100, target, 10)
      expect([...target.subarray(10)]).toEqual([...memory.window(start, 100)])
    }
    expect(memory.ends.length).toBe(50_000)
    expect(memory.ends.at(-1)).toBe(memory.length)
    expect(() => memory.window(memory.length - 1, 2)).toThrow(RangeError)
    memory.close()
    file.close()
  })
})

it('does not take a file cut short', () => {
  const folder = written(10, 257)
  truncateSync(join(folder, 'tokens.bin'), 10)
  expect(() => new TokenReader(folder)).toThrow('has 10 bytes where')
})
