/** Runs a stage kind on documents in a temporary folder, as its own process would. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Artefact } from '../../src/core/artefact.ts'
import type { StageEvent } from '../../src/core/event.ts'
import type { InputFile } from '../../src/core/kind/stage.ts'
import type { StageReport } from '../../src/core/report.ts'
import type { JsonObject } from '../../src/core/values/json.ts'
import type { Kind } from '../../src/stages/shared/services.ts'
import { openParts } from '../../src/store/parts.ts'
import { asDigest } from '../brands.ts'

export class Rig {
  readonly events: StageEvent[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'llmpipe-text-'))
  #made = 0
  /** The folder that parts are kept in from run to run, where they are to be. */
  parts: string | undefined

  constructor() {
    afterAll(() => rmSync(this.#folder, { recursive: true }))
  }

  folder(): string {
    const path = join(this.#folder, `${this.#made++}`)
    mkdirSync(path)
    return path
  }

  /** A Docs artefact of shards of texts. */
  docs(...shards: readonly (readonly string[])[]): Artefact {
    const path = this.folder()
    for (const [i, texts] of shards.entries()) {
      const lines = texts.map((text, j) => `${JSON.stringify({ id: `${i}-${j}`, text })}\n`)
      writeFileSync(join(path, `docs-${String(i).padStart(5, '0')}.jsonl`), lines.join(''))
    }
    return { kind: 'Docs', digest: asDigest('docs'), path }
  }

  /** Runs a kind with its defaults and these settings: the folder it wrote, and its report. */
  async run(
    kind: Kind,
    inputs: Readonly<Record<string, Artefact>>,
    settings: JsonObject = {},
    files: readonly InputFile[] = [],
    signal = new AbortController().signal,
  ): Promise<{ readonly artefact: Artefact; readonly report: StageReport }> {
    const out = this.folder()
    const defaults = Object.entries(kind.settings.properties).map(([name, { default: value }]) => [name, value])
    const module = await kind.load!()
    const report = await module.run(
      {
        params: { ...Object.fromEntries(defaults), ...settings },
        hints: {},
        inputs: Object.fromEntries(Object.entries(inputs).map(([role, artefact]) => [role, [artefact]])),
        files: { path: files },
        models: {},
        outputs: { out },
        work: this.folder(),
        people: this.folder(),
        parts: openParts(this.parts ?? this.folder(), { kind: kind.name, settings }),
        threads: 1,
        emit: (event) => this.events.push(event),
        signal,
      },
      {
        engine: () => Promise.reject(new Error('tokenizers need no engine')),
        architecture: () => Promise.reject(new Error('tokenizers need no architecture')),
        pageFile: () => undefined,
        onnxFiles: () => Promise.reject(new Error('no ONNX here')),
        torchModule: () => Promise.reject(new Error('no PyTorch here')),
      },
    )
    return { artefact: { kind: 'Tokenizer', digest: asDigest('out'), path: out }, report }
  }
}
