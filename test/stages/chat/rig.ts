/** Runs the kinds of conversations on records in a temporary folder, as their own process would. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Artefact, ArtefactKind } from '../../../src/core/artefact.ts'
import type { StageEvent } from '../../../src/core/event.ts'
import type { StageReport } from '../../../src/core/report.ts'
import type { Json, JsonObject } from '../../../src/core/values/json.ts'
import type { Kind } from '../../../src/stages/shared/services.ts'
import { openParts } from '../../../src/store/parts.ts'
import { asDigest } from '../../brands.ts'

const stems: Readonly<Record<string, string>> = {
  Docs: 'docs',
  Pairs: 'pairs',
  Prompts: 'prompts',
  Answers: 'answers',
  Rankings: 'rankings',
}

export interface Made {
  readonly artefact: Artefact
  readonly report: StageReport
  /** The records it wrote. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into records of many shapes.
  readonly records: readonly any[]
  /** The records of each output. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly all: readonly (readonly any[])[]
  /** How many each rule left out. */
  readonly dropped: Readonly<Record<string, number>>
  readonly log: readonly string[]
}

export class Rig {
  /** Test files of one process share a rig (meaning-rig.ts). The folder goes with that of all tests (test/scratch.ts). */
  readonly #folder = mkdtempSync(join(tmpdir(), 'llmpipe-chat-'))
  #made = 0

  folder(): string {
    const path = join(this.#folder, `${this.#made++}`)
    mkdirSync(path)
    return path
  }

  /** An artefact of records; those of Docs get an id and a text where they have none. */
  artefact(kind: ArtefactKind, records: readonly JsonObject[]): Artefact {
    const path = this.folder()
    const full = records.map((record, i) =>
      kind === 'Docs' ? { id: `d${i}`, text: '', ...record } : { id: `e${i}`, ...record },
    )
    writeFileSync(join(path, `${stems[kind]}-00000.jsonl`), full.map((each) => `${JSON.stringify(each)}\n`).join(''))
    return { kind, digest: asDigest('x'), path }
  }

  /** An artefact of one line as it is: with numbers that JSON.stringify would not write. */
  line(kind: ArtefactKind, line: string): Artefact {
    const path = this.folder()
    writeFileSync(join(path, `${stems[kind]}-00000.jsonl`), `${line}\n`)
    return { kind, digest: asDigest('x'), path }
  }

  docs(...records: readonly JsonObject[]): Artefact {
    return this.artefact('Docs', records)
  }

  async run(
    kind: Kind,
    inputs: Readonly<Record<string, Artefact | readonly Artefact[]>>,
    settings: JsonObject = {},
    signal = new AbortController().signal,
    names = 1,
  ): Promise<Made> {
    const list = Object.fromEntries(
      Object.entries(inputs).map(([role, given]) => [role, Array.isArray(given) ? given : [given]]),
    ) as Record<string, Artefact[]>
    const defaults: [string, Json][] = Object.entries(kind.settings.properties).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    )
    const params = { ...Object.fromEntries(defaults), ...settings }
    const types = Object.fromEntries(
      Object.entries(list).map(([role, of]) => [role, of.map((each) => ({ kind: each.kind }))]),
    )
    const outputs = kind.outputs({ inputs: types as never, params, names, self: 'me' })
    if ('code' in outputs) throw new Error(outputs.message)
    const folders = Object.fromEntries(outputs.map(({ name }) => [name, this.folder()]))
    const out = folders[outputs[0]!.name]!
    const events: StageEvent[] = []
    const report = await (await kind.load!()).run(
      {
        params,
        hints: {},
        inputs: list,
        files: {},
        models: {},
        outputs: folders,
        work: this.folder(),
        people: this.folder(),
        parts: openParts(this.folder(), ''),
        threads: 1,
        emit: (event) => void events.push(event),
        signal,
      },
      {
        engine: () => Promise.reject(new Error('data needs no engine')),
        architecture: () => Promise.reject(new Error('data needs no architecture')),
        pageFile: () => undefined,
        onnxFiles: () => Promise.reject(new Error('no ONNX here')),
        torchModule: () => Promise.reject(new Error('no PyTorch here')),
      },
    )
    const made = outputs[0]!.type.kind
    return {
      artefact: { kind: made, digest: asDigest('out'), path: out },
      report,
      records: recordsIn(out, made),
      all: Object.values(folders).map((folder) => recordsIn(folder, made)),
      dropped: Object.fromEntries((report.ledger?.dropped ?? []).map(({ rule, documents }) => [rule, documents])),
      log: events.flatMap((event) => (event.event === 'log' ? [event.message] : [])),
    }
  }
}

/** The records of an artefact's shards. */
export function recordsIn(path: string, kind: ArtefactKind): unknown[] {
  return linesIn(path, kind).map((line) => JSON.parse(line))
}

export function linesIn(path: string, kind: ArtefactKind): string[] {
  const shards = readdirSync(path)
    .filter((name) => name.startsWith(`${stems[kind]}-`))
    .sort()
  return shards.flatMap((name) => readFileSync(join(path, name), 'utf8').split('\n').filter(Boolean))
}
