/** Writers of documents and tokens: they write the same bytes in pieces as at once. */

import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ShardWriter } from '../../src/data/shards/shards.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import { TokenWriter } from '../../src/text/tokens-writer.ts'
import { Rig } from './rig.ts'

const rig = new Rig()

/** All files of a folder by name, as bytes. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
}

describe('writers', () => {
  it('cut shards alike, line by line or in pieces of bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '𝄞'), maxLength: 20 }), { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 80 }),
        fc.nat({ max: 10 }),
        (lines, cuts, limit, first) => {
          const [one, other] = [rig.folder(), rig.folder()]
          const byLine = new ShardWriter(one, limit, 'docs', 7)
          for (const line of lines) byLine.writeLine(line)
          byLine.close()
          // Some lines first, the rest in pieces.
          const inPieces = new ShardWriter(other, limit)
          for (const line of lines.slice(0, first)) inPieces.writeLine(line)
          const rest = lines.slice(first)
          const bytes = Buffer.from(rest.map((line) => `${line}\n`).join(''))
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const end = at + 1 + cuts[i % cuts.length]!
            inPieces.append(bytes.subarray(at, end))
            at = end
          }
          inPieces.close()
          expect(contents(other)).toEqual(contents(one))
        },
      ),
    )
  })

  it('write a line that is longer than their buffer whole', () => {
    const line = `a${'𝄞é'.repeat(400_000)}\ud834`
    const folder = rig.folder()
    const writer = new ShardWriter(folder)
    for (const each of ['first', line, 'last']) writer.writeLine(each)
    writer.close()
    expect(readFileSync(join(folder, 'docs-00000.jsonl'), 'utf8')).toBe(`first\n${line.slice(0, -1)}\ufffd\nlast\n`)
  })

  it('keep a few lines of many large blocks without keeping the blocks', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const megabyte = 2 ** 20
    const writer = new ShardWriter(rig.folder())
    const held = () => {
      collect()
      return process.memoryUsage().heapUsed / megabyte
    }
    const before = held()
    for (let i = 0; i < 64; i++) {
      const block = Buffer.alloc(megabyte, String(i)).toString('utf8')
      writer.writeLine(block.slice(0, 100))
    }
    // What other tests of this process left may be freed only after a turn of the event loop.
    await vi.waitFor(() => expect(held() - before).toBeLessThan(16))
    writer.close()
  })

  it('append the tokens of another writer as if they had encoded its documents', () => {
    const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))
    const documents = fc.array(fc.string(), { maxLength: 5 })
    fc.assert(
      fc.property(fc.array(documents, { minLength: 1, maxLength: 5 }), documents, (parts, before) => {
        const [one, other] = [rig.folder(), rig.folder()]
        const whole = new TokenWriter(one, tokenizer, tokenizer.endOfText)
        const joined = new TokenWriter(other, tokenizer, tokenizer.endOfText)
        for (const text of before) for (const writer of [whole, joined]) writer.add(text)
        for (const [i, texts] of parts.entries()) {
          const folder = join(rig.folder(), `${i}`)
          mkdirSync(folder)
          const part = new TokenWriter(folder, tokenizer, tokenizer.endOfText)
          for (const text of texts) {
            whole.add(text)
            part.add(text)
          }
          joined.append(folder, part.finish())
        }
        expect(joined.finish()).toEqual(whole.finish())
        expect(contents(other)).toEqual(contents(one))
      }),
    )
  })
})
