/**
 * The signatures of an artefact of documents, computed in parts that are kept: after a change, only the parts with changed documents are
 * computed again. The key of a part names the settings, because they are params of the stage.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PartedWork, StageContext } from '../../core/kind/stage.ts'
import type { Json } from '../../core/values/json.ts'
import { Pace, type PaceOptions } from '../pace.ts'
import { linesOfPart } from '../pass/parts/line-parts.ts'
import { madeParts, type PartCounts } from '../pass/parts/made-parts.ts'
import { partsOfLines } from '../pass/parts/pass-parts.ts'
import { documentOf } from '../shards/shards.ts'
import { contentOf } from './exact.ts'
import type { Signer } from './minhash.ts'

/** The value of a part: the places of its documents without a word. */
interface PartRecord {
  readonly blank: readonly number[]
}

/** The signatures of a part, and the size of each document's text in bytes, as numbers of 32 bits. */
const [signaturesFile, sizesFile] = ['signatures.bin', 'sizes.bin']

/** The signatures of the documents in some folders, by parts. */
export async function signatureWork(folders: readonly string[], signer: Signer): Promise<PartedWork> {
  const lines = await Promise.all(folders.map((folder) => partsOfLines(folder)))
  return {
    total: lines.reduce((sum, { total }) => sum + total, 0),
    async *tasks() {
      for (const [folder, { tasks }] of lines.entries())
        for await (const { task, size } of tasks()) yield { task: [folder, task], size }
    },
    async open(task) {
      const [folder, own] = task as unknown as SignatureTask
      const part = await lines[folder]!.read(own)
      return {
        // Parts that earlier versions kept have no sizes.
        content: { signatures: part.sha256, and: 'sizes' },
        async make(into, at) {
          const blank: number[] = []
          const signatures: Int32Array[] = []
          const sizes: number[] = []
          for (const block of linesOfPart(part)) {
            for (const line of block.lines) {
              const document = documentOf(line, part.shard)
              const signature = signer.of(contentOf(document))
              if (signature === undefined) blank.push(sizes.length)
              else signatures.push(signature.slice())
              sizes.push(Buffer.byteLength(document.text))
            }
            await at(block.done)
          }
          const bytes = signatures.map((each) => new Uint8Array(each.buffer))
          writeFileSync(join(into, signaturesFile), Buffer.concat(bytes))
          writeFileSync(join(into, sizesFile), new Uint8Array(Uint32Array.from(sizes).buffer))
          return { blank }
        },
      }
    },
  }
}

/** The index of a folder, and what it tells of a part there. */
type SignatureTask = readonly [folder: number, task: Json]

/** The signatures of the documents of one part. */
export interface PartSignatures {
  /** The index of the folder. */
  readonly folder: number
  /** In order; `undefined` for a document without a word. Each is valid until the next part. */
  readonly signatures: Iterable<Int32Array | undefined>
  /** The size of each document's text, in bytes. */
  readonly sizes: Uint32Array
}

/** The signatures of the documents in the folders of `work`, part by part, in order. */
export async function* signaturesOf(
  work: PartedWork,
  stage: Pick<StageContext, 'parts' | 'spread'> & PaceOptions,
  counts: PartCounts,
): AsyncGenerator<PartSignatures> {
  const pace = new Pace(stage, work.total, 'comparing')
  let done = 0
  for await (const part of madeParts(stage, work, counts, (now) => pace.at(now))) {
    const [folder] = part.task as unknown as SignatureTask
    const { blank } = part.value as unknown as PartRecord
    const signatures = new Int32Array(numbersIn(join(part.folder, signaturesFile)))
    const sizes = new Uint32Array(numbersIn(join(part.folder, sizesFile)))
    yield { folder, signatures: readSignatures(signatures, sizes.length, blank), sizes }
    done += part.size
    await pace.at(done)
  }
}

/** The bytes of a file, from the beginning of a buffer of their own. */
function numbersIn(path: string): ArrayBuffer {
  const bytes = readFileSync(path)
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
}

function* readSignatures(
  all: Int32Array,
  documents: number,
  blank: readonly number[],
): Generator<Int32Array | undefined> {
  const without = new Set(blank)
  const length = all.length / Math.max(1, documents - without.size)
  let at = 0
  for (let place = 0; place < documents; place++) {
    if (without.has(place)) {
      yield undefined
      continue
    }
    yield all.subarray(at, at + length)
    at += length
  }
}
