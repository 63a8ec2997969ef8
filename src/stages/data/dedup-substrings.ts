/** Runs `dedup(substring)`: removes substrings that occurred before, in any document. */

import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Interrupted, StageError } from '../../core/failure.ts'
import { atMostEvery } from '../../core/values/interval.ts'
import {
  copiesIn,
  cutsOf,
  type Piece,
  type Stretch,
  separator,
  withoutStretches,
} from '../../data/dedup/repeated-substrings.ts'
import { type Document, idOf } from '../../data/document.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { ShardWriter } from '../../data/shards/shards.ts'
import { documentsIn } from '../../data/shards/walk.ts'
import type { RunOf, StageOf } from '../shared/define-kind.ts'
import type { dedup } from './dedup.ts'
import { docsReport } from './documents/docs-output.ts'

type Stage = StageOf<typeof dedup>

/** The default of `length` in bytes: 50 tokens, as in Lee et al. 2021, are about 200 bytes of English. */
export const usualLength = 200

/** The default of `at_once` in bytes. */
const usualAtOnce = 128e6

/** How many cuts the ledger shows beside the text that stayed, and the longest of their texts in UTF-16 units. */
const [shown, shownLength] = [5, 300]

/** A cut to show: the bytes of its first window, by which the text that stayed is found. */
interface ShownCut {
  readonly id: string
  readonly text: string
  readonly bytes: number
  readonly window: Buffer
}

export async function withoutRepeatedSubstrings(stage: Stage): ReturnType<RunOf<typeof dedup>> {
  const { length = usualLength } = stage.settings
  const { against, docs } = stage.inputs
  const file = join(stage.work, 'texts.bin')
  mkdirSync(stage.work, { recursive: true })
  try {
    const atOnce = stage.hints.at_once ?? usualAtOnce
    const { pieces, own, close } = await piecesOf(stage, file, atOnce)
    try {
      if (pieces.length > 1) stage.emit({ event: 'log', level: 'info', message: inPairs(pieces, atOnce) })
      const isDue = atMostEvery(250)
      const marks = await copiesIn(pieces, length, async (done, all) => {
        if (stage.signal.aborted) throw new Interrupted()
        if (isDue()) stage.emit({ event: 'progress', done, total: all, unit: 'suffix arrays', phase: 'sorting' })
        // Signals are delivered between turns of the event loop only.
        await new Promise(setImmediate)
      })
      const book = new LedgerBook()
      const whole = book.rule('dedup: documents of repeated text only')
      const change = book.step(
        'dedup',
        ({ counts }) => `${substringsInWords(counts.substrings!)}, ${inDigits(counts.bytes!)} bytes`,
        ['substrings', 'bytes'],
      )
      const writer = new ShardWriter(stage.outputs.out)
      const cutsToShow: ShownCut[] = []
      let place = own
      for await (const documents of documentsIn([docs.path], stage, 'writing')) {
        for (const document of documents) {
          const { text } = document
          const size = Buffer.byteLength(text)
          book.in.add(size)
          const cuts = cutsOf(size, place, marks, length)
          place += size + 1
          const left = cuts.length === 0 ? text : withoutStretches(text, cuts)
          if (cuts.length > 0 && cutsToShow.length < shown) cutsToShow.push(shownCut(document, cuts[0]!, length))
          if (cuts.length > 0 && left.trim() === '') {
            whole.drop(document, () => substringsInWords(cuts.length))
            continue
          }
          if (left !== text) {
            change.documents++
            change.count('substrings', cuts.length)
            change.count('bytes', size - Buffer.byteLength(left))
            document.replaceText(left)
          }
          book.out.add(Buffer.byteLength(document.text))
          writer.write(document)
        }
      }
      writer.close()
      const stayed = await stayedOf(stage, [...against.map(({ path }) => path), docs.path], cutsToShow)
      for (const [i, { id, text, bytes }] of cutsToShow.entries())
        change.show({
          id,
          text,
          value: `${inDigits(bytes)} bytes`,
          ...(stayed[i] === undefined ? {} : { twin: { ...stayed[i], dropped: text } }),
        })
      const ledger = book.ledger()
      stage.emit({ event: 'ledger', ledger })
      return docsReport(ledger)
    } finally {
      close()
    }
  } finally {
    rmSync(file, { force: true })
  }
}

const inDigits = (count: number) => count.toLocaleString('en-US')
const substringsInWords = (count: number) => `${inDigits(count)} repeated substring${count === 1 ? '' : 's'}`

function inPairs(pieces: readonly Piece[], atOnce: number): string {
  const pairs = (pieces.length * (pieces.length - 1)) / 2
  const megabytes = (bytes: number) => `${inDigits(Math.round(bytes / 1e6))} MB`
  return `${megabytes(pieces.at(-1)!.end)} are more than one suffix array of ${megabytes(atOnce)} (\`at_once\`): ${pieces.length} pieces are compared in ${inDigits(pairs)} pairs, with the same result`
}

/** Writes all texts to a file, and divides it into pieces that fit in suffix arrays, one by one or two by two. `own`: where the documents begin. */
async function piecesOf(stage: Stage, path: string, atOnce: number) {
  const file = openSync(path, 'w+')
  const ends: number[] = []
  let size = 0
  let own = 0
  try {
    const half = Math.floor(atOnce / 2)
    let start = 0
    const add = async (folders: readonly string[]) => {
      for await (const documents of documentsIn(folders, stage, 'reading'))
        for (const { text } of documents) {
          const bytes = Buffer.byteLength(text) + 1
          if (size > start && size + bytes - start > half) {
            ends.push(size)
            start = size
          }
          const buffer = Buffer.alloc(bytes, separator)
          buffer.write(text, 0, 'utf8')
          writeSync(file, buffer)
          size += bytes
        }
    }
    await add(stage.inputs.against.map(({ path: folder }) => folder))
    own = size
    await add([stage.inputs.docs.path])
    ends.push(size)
  } catch (error) {
    closeSync(file)
    throw error
  }
  // All in one suffix array, if it has room.
  const all = size <= atOnce ? [size] : ends
  const pieces = all.map((end, i): Piece => {
    const start = all[i - 1] ?? 0
    return { start, end, read: () => readStretch(file, { start, end }) }
  })
  const largest = Math.max(...pieces.map(({ start, end }) => end - start))
  if (largest > 2 ** 30)
    throw new StageError(
      'out-of-memory',
      `a piece of ${inDigits(largest)} bytes has no suffix array: it would have more than 2^31 places`,
      'Lower `at_once` to at most 1 GB, and divide documents of more than 1 GB.',
    )
  return { pieces, own, close: () => closeSync(file) }
}

function readStretch(file: number, { start, end }: Stretch): Uint8Array {
  const bytes = new Uint8Array(end - start)
  for (let at = 0; at < bytes.length; ) at += readSync(file, bytes, at, bytes.length - at, start + at)
  return bytes
}

function shownCut(document: Document, { start, end }: Stretch, length: number): ShownCut {
  const bytes = Buffer.from(document.text)
  const text = passageOf(bytes, { start, end })
  return { id: idOf(document), text, bytes: end - start, window: bytes.subarray(start, start + length) }
}

/** The beginning of a stretch of UTF-8, without characters of which it has only a part. */
function passageOf(bytes: Buffer, { start, end }: Stretch): string {
  let from = start
  while (isInCharacter(bytes[from])) from++
  let to = Math.min(end, start + 4 * shownLength)
  while (to > from && isInCharacter(bytes[to])) to--
  return bytes
    .toString('utf8', from, to)
    .slice(0, shownLength)
    .replace(/[\ud800-\udbff]$/, '')
}

/** Whether a byte of UTF-8 continues a character. */
function isInCharacter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0
}

/** The first document that has each of the windows, and its passage. */
async function stayedOf(stage: Stage, folders: readonly string[], cuts: readonly ShownCut[]) {
  const found: ({ readonly id: string; readonly kept: string } | undefined)[] = cuts.map(() => undefined)
  let missing = cuts.length
  if (missing === 0) return found
  for await (const documents of documentsIn(folders, stage, 'looking up copies')) {
    for (const document of documents) {
      const bytes = Buffer.from(document.text)
      for (const [i, { window, bytes: size }] of cuts.entries()) {
        if (found[i] !== undefined) continue
        const at = bytes.indexOf(window)
        if (at === -1) continue
        const kept = passageOf(bytes, { start: at, end: at + size })
        found[i] = { id: idOf(document), kept }
        missing--
      }
    }
    if (missing === 0) break
  }
  return found
}
