/** A running stage: what its process passes to the code of its kind. */

import type { Artefact } from '../artefact.ts'
import type { StageEvent } from '../event.ts'
import type { StageReport } from '../report.ts'
import type { Json, JsonObject } from '../values/json.ts'

/** The heavy half of a stage kind, which only the process of a stage loads. */
export interface StageModule<Services> {
  run(stage: StageRun, services: Services): Promise<StageReport>
  /** The parts of the work of a stage; `undefined` for a kind that does its work as a whole. Every thread that makes parts calls it once. */
  parts?(stage: StageRun): Promise<PartedWork>
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
  /** Makes parts in several threads; absent if the stage has one. */
  readonly spread?: Spread
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
  /** The object of a bucket that the file is, until the process of the stage has downloaded it; then `sha256` stands for its ETag and size, and `path` is empty. */
  readonly source?: ObjectSource
}

/** An object in a bucket of S3. */
export interface ObjectSource {
  readonly bucket: string
  readonly object: {
    readonly key: string
    /** As the server gives it, without quotes: it changes whenever the bytes change. */
    readonly etag: string
    /** In bytes. */
    readonly size: number
  }
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

/** Work that consists of parts, each of which can be made by itself, wherever the files of the stage are. */
export interface PartedWork {
  /** The number of bytes of all parts. */
  readonly total: number
  /** The parts, in the order in which the stage joins them. */
  tasks(): AsyncIterable<PartTask>
  /** Reads the input of a part. */
  open(task: Json): Promise<OpenedPart>
}

/** One part to make, as plain data: another thread or another machine can make it. */
export interface PartTask {
  /** Tells `PartedWork.open` what to read. */
  readonly task: Json
  /** The number of bytes to read. */
  readonly size: number
}

/** A part whose input is known. */
export interface OpenedPart {
  /** See `Parts.part`. */
  readonly content: Json
  /** Makes the part in an empty folder. */
  make(folder: string, at: PartPace): Promise<Json>
}

/**
 * Reports that `done` bytes of a part are done, and what was counted up to there. To be called after every block. Rejected with `Interrupted` when the
 * stage is asked to stop.
 */
export type PartPace = (done: number, counted?: () => Json) => Promise<void>

/** A part that is made, in its place in the order. */
export interface MadePart extends Part, PartTask {}

/**
 * Makes the parts of some work, several at once, and yields them in their order. Meanwhile it calls `onProgress` with the number of bytes that are done and
 * what the parts under way have counted.
 */
export type Spread = (work: PartedWork, onProgress: SpreadProgress) => AsyncGenerator<MadePart>

export type SpreadProgress = (done: number, counted: () => readonly Json[]) => Promise<void>
