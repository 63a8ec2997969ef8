/** A running stage: what its process passes to the code of its kind. */

import type { Artefact } from '../artefact.ts'
import type { StageEvent } from '../event.ts'
import type { StageReport } from '../report.ts'
import type { Json, JsonObject } from '../values/json.ts'

/** The heavy half of a stage kind, which only the process of a stage loads. */
export interface StageModule<Services> {
  run(stage: StageRun, services: Services): Promise<StageReport>
}

/** The surroundings of a running stage, whatever its kind. */
export interface StageContext {
  /** The model graphs that the params refer to, by digest. */
  readonly models: Readonly<Record<string, Json>>
  /** The folder for checkpoints, which outlives attempts. It is named by the key. */
  readonly work: string
  /** The step after which the state is kept for longer runs: as a checkpoint in the folder `kept` of `work`. */
  readonly keepState?: number
  /** The folder of the store for the rankings of people, which nothing removes. */
  readonly people: string
  readonly parts: Parts
  /** The number of threads reserved for the stage. */
  readonly threads: number
  /** The number of GPUs reserved for the stage; default 0. */
  readonly gpus?: number
  emit(event: StageEvent): void
  /** Aborted when the run is asked to stop: the stage then saves its work and throws `Interrupted`. */
  readonly signal: AbortSignal
}

/** A running stage. Kinds of llmpipe see it as `RunningStage`, with the types of their definition. */
export interface StageRun extends StageContext {
  readonly params: JsonObject
  readonly hints: JsonObject
  /** The artefacts of each role. */
  readonly inputs: Readonly<Record<string, readonly Artefact[]>>
  /** The files of each `files` setting, in the order of their names. */
  readonly files: Readonly<Record<string, readonly InputFile[]>>
  /** The folder of each output, empty at first. */
  readonly outputs: Readonly<Record<string, string>>
}

/** A file from outside the store. */
export interface InputFile {
  /** The absolute path. */
  readonly path: string
  /** The path relative to the program, for messages. */
  readonly name: string
  /** The SHA-256 of its bytes, in hex. The key of the stage contains it. */
  readonly sha256: string
}

/** A part of the work of a stage: a folder, which nothing writes to again, and the value that `make` returned. */
export interface Part {
  readonly folder: string
  readonly value: Json
  /** Whether an earlier attempt or run made the part. */
  readonly reused: boolean
}

/**
 * Parts of the work of a stage, kept for later runs. They do not affect results: a stage makes the same output of reused parts as of
 * new ones.
 */
export interface Parts {
  /**
   * The part made of `content`: everything that affects the part besides the kind of the stage, its version and its params. If the store
   * has no such part, `make` writes it into an empty folder.
   */
  part(content: Json, make: (folder: string) => Promise<Json>): Promise<Part>
}
