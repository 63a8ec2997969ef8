/** Runs data stages as their own process would: from the text of a program, or from settings; and reads what they made. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { Artefact } from '../../src/core/artefact.ts'
import type { StageEvent } from '../../src/core/event.ts'
import type { Catalogue } from '../../src/core/kind/kind.ts'
import type { InputFile } from '../../src/core/kind/stage.ts'
import type { StageReport } from '../../src/core/report.ts'
import type { JsonObject } from '../../src/core/values/json.ts'
import { metrics } from '../../src/data/metrics/index.ts'
import { type Compiled, compile } from '../../src/language/compile.ts'
import type { CheckedCall } from '../../src/language/program.ts'
import { kinds } from '../../src/stages/index.ts'
import type { Kind } from '../../src/stages/shared/services.ts'
import { openParts } from '../../src/store/parts.ts'
import { asDigest } from '../brands.ts'
import { inputFileOf } from '../core/input-file.ts'

export const catalogue = { kinds, metrics } as unknown as Catalogue

/** Compiles a text with the real kinds, metrics and std modules. */
export function compileText(text: string): Compiled {
  return compile('program.llmpipe', {
    read: (path) =>
      path === 'program.llmpipe' ? text : readFileSync(path.replace(/^std:(.*)$/, 'stdlib/$1.llmpipe'), 'utf8'),
    catalogue,
    params: {},
  })
}

export interface Row {
  readonly id: string
  readonly text: string
  readonly [field: string]: unknown
}

export interface Ran {
  readonly artefact: Artefact
  readonly outputs: readonly Artefact[]
  readonly report: StageReport
  readonly rows: readonly Row[]
  readonly texts: readonly string[]
}

export class Rig {
  readonly events: StageEvent[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'llmpipe-data-'))
  #made = 0

  constructor() {
    afterAll(() => rmSync(this.#folder, { recursive: true }))
  }

  folder(): string {
    const path = join(this.#folder, `${this.#made++}`)
    mkdirSync(path)
    return path
  }

  /** Files by name, as a runner hands them over. */
  files(contents: Readonly<Record<string, string | Uint8Array>>): InputFile[] {
    const folder = this.folder()
    return Object.entries(contents).map(([name, content]) => {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
      return inputFileOf(path, name)
    })
  }

  /** A Docs artefact of texts. */
  docs(texts: readonly string[], shards = 1): Artefact {
    const path = this.folder()
    const size = Math.ceil(texts.length / shards)
    for (let shard = 0; shard < shards; shard++) {
      const lines = texts
        .slice(shard * size, (shard + 1) * size)
        .map((text, i) => `${JSON.stringify({ id: `d${shard * size + i}`, text })}\n`)
      writeFileSync(join(path, `docs-0000${shard}.jsonl`), lines.join(''))
    }
    return { kind: 'Docs', digest: asDigest('docs'), path }
  }

  /** Runs the one pass or stage of a program `data x = …`; `files` are what its `read` reads. */
  async program(text: string, files: readonly InputFile[] = [], inputs: readonly Artefact[] = []): Promise<Ran> {
    const { program, diagnostics } = compileText(text)
    if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
    const { calls } = program
    const isPass = (call: CheckedCall) => kinds[call.kind]!.shape !== 'stage'
    const [first] = calls
    if (calls.length === 1 && first && !isPass(first))
      return this.run(kinds[first.kind]!, first.params, { docs: inputs })
    const [source, ...rest] = calls.map(({ kind, params }) => ({ kind, params }))
    const params = source?.kind === 'read' ? { source, steps: rest } : { steps: [source, ...rest] }
    return this.run(kinds.documents!, params as unknown as JsonObject, { docs: inputs }, files)
  }

  /** Runs the steps of a program `data x = read("") |> …` on texts. */
  steps(pipe: string, texts: readonly string[], use = ''): Promise<Ran> {
    const { program, diagnostics } = compileText(`${use}\ndata x = read("x") ${pipe}`)
    if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
    const steps = program.calls.slice(1).map(({ kind, params }) => ({ kind, params }))
    return this.run(kinds.documents!, { steps } as unknown as JsonObject, { docs: [this.docs(texts)] })
  }

  async run(
    kind: Kind,
    settings: JsonObject,
    inputs: Readonly<Record<string, readonly Artefact[]>>,
    files: readonly InputFile[] = [],
    signal = new AbortController().signal,
    parts = openParts(this.folder(), ''),
    hints: JsonObject = {},
  ): Promise<Ran> {
    const defaults = Object.entries(kind.settings.properties).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    )
    const params = { ...Object.fromEntries(defaults), ...settings } as JsonObject
    const names = Array.isArray(params.shares) ? params.shares.map((_, i) => String(i)) : ['out']
    const outputs = Object.fromEntries(names.map((name) => [name, this.folder()]))
    const module = await kind.load!()
    const report = await module.run(
      {
        params,
        hints,
        inputs,
        files: files.length > 0 ? { paths: files } : {},
        models: {},
        outputs,
        work: this.folder(),
        people: this.folder(),
        parts,
        threads: 1,
        emit: (event) => this.events.push(event),
        signal,
      },
      {
        engine: () => Promise.reject(new Error('documents need no engine')),
        architecture: () => Promise.reject(new Error('documents need no architecture')),
        pageFile: () => undefined,
        onnxFiles: () => Promise.reject(new Error('no ONNX here')),
        torchModule: () => Promise.reject(new Error('no PyTorch here')),
      },
    )
    const made = names.map((name): Artefact => ({ kind: 'Docs', digest: asDigest(name), path: outputs[name]! }))
    const rows = rowsOf(made[0]!)
    return { artefact: made[0]!, outputs: made, report, rows, texts: rows.map(({ text }) => text) }
  }
}

/** The documents of an artefact, read independently of what is tested. */
export function rowsOf(artefact: Artefact): Row[] {
  return readdirSync(artefact.path)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(artefact.path, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
}

export function textsOf(artefact: Artefact): string[] {
  return rowsOf(artefact).map(({ text }) => text)
}
