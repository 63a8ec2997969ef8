/** The inputs and outputs of a custom stage: folders, and streams of records. */

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artefact, ArtefactKind } from '../core/artefact.ts'
import { StageError } from '../core/failure.ts'
import type { StageRun } from '../core/kind/stage.ts'
import { isExampleKind } from '../data/conversations/examples.ts'
import { parseRecord } from '../data/json/record.ts'
import { takenLine } from '../data/shards/custom-records.ts'
import { stemOf } from '../data/shards/records.ts'
import { ShardWriter } from '../data/shards/shards.ts'
import { linesIn } from '../data/shards/walk.ts'
import type { CustomLedger } from './ledger.ts'

/** Whether artefacts of a kind are records. */
export function isRecords(kind: ArtefactKind): kind is Parameters<typeof takenLine>[1] {
  return kind === 'Docs' || isExampleKind(kind)
}

/** An input: its folder, and its records if it has some. */
export function inputOf({ kind, path }: Artefact, stage: StageRun, ledger: CustomLedger) {
  if (!isRecords(kind)) return { kind, path }
  return {
    kind,
    path,
    async *[Symbol.asyncIterator](): AsyncGenerator<object> {
      for await (const { lines } of linesIn([path], stage, 'reading', stemOf(kind)))
        for (const line of lines) {
          if (line === '') continue
          // Integers beyond the range of JavaScript become texts, which keep all digits.
          const record = parseRecord(line).value as object
          ledger.take(record)
          yield record
        }
    },
  }
}

/** An output in a folder. The caller calls `end` when the stage has finished. `name` is the name of the stage. */
export function outputOf(kind: ArtefactKind, path: string, name: string, ledger: CustomLedger) {
  const nothing = (what: string) => new StageError('nothing-left', `${name} wrote ${what}`, ledger.advice())
  if (!isRecords(kind))
    return {
      kind,
      path,
      end(metrics: Readonly<Record<string, number>>): void {
        if (readdirSync(path).length > 0) return
        if (kind !== 'Report') throw nothing('no file')
        writeFileSync(join(path, 'metrics.json'), `${JSON.stringify(metrics, undefined, 2)}\n`)
      },
    }
  const writer = new ShardWriter(path, undefined, stemOf(kind))
  let count = 0
  return {
    kind,
    path,
    write(record: object): void {
      const made = takenLine(record, kind)
      if (!('line' in made))
        throw new StageError('bad-output', `${name} wrote something that is not ${made.expected}`, shown(record))
      writer.writeLine(made.line)
      ledger.give(record)
      count++
    },
    end(): void {
      writer.close()
      if (count === 0) throw nothing(kind === 'Docs' ? 'no document' : `no ${stemOf(kind)}`)
    },
  }
}

function shown(record: unknown): string {
  const text = JSON.stringify(record) ?? String(record)
  return `It is ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`
}
