/** The facts that the page of a run shows, as plain data. src/cli/report/ collects them; the sections draw them. */

import type { ArtefactKind, Digest, Key } from '../core/artefact.ts'
import type { StageFailure } from '../core/event.ts'
import type { Ledger } from '../core/ledger.ts'
import type { StageReport } from '../core/report.ts'
import type { JsonObject } from '../core/values/json.ts'
import type { Variant } from '../core/variant.ts'
import type { BandPoint } from '../view/charts/band.ts'
import type { SampleAt } from '../view/log/fold.ts'
import type { RunOutcome, StageOutcome } from '../view/log/summary.ts'

export interface ReportData {
  /** The program as the run was given it; only its file name if that was an absolute path. */
  readonly program: string
  readonly run: string
  /** The version of llmpipe that ran it, and the one that made the page. */
  readonly version: string
  readonly madeBy: string
  /** The name of the machine, if the log has it. */
  readonly machine?: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** The page follows the run by itself. */
  readonly isLive?: boolean
  /** When the page was made. */
  readonly madeAt: number
  readonly seconds?: number
  readonly outcome: RunOutcome
  readonly ran: number
  readonly cached: number
  readonly failed: number
  readonly notices: readonly string[]
  /** In the order of the plan. */
  readonly stages: readonly StageData[]
  /** The names of the stages that the program calls its results. */
  readonly results: readonly string[]
  /** Command lines with their purposes. */
  readonly commands: readonly { readonly line: string; readonly purpose: string }[]
}

/** A stage of the run, with the parts that are still in the store. */
export interface StageData {
  readonly id: string
  readonly name: string
  readonly kind: string
  /** Ids of the stages whose outputs it takes. */
  readonly after: readonly string[]
  readonly variant?: Variant
  /** `pipeline.llmpipe:12`. */
  readonly place: string
  readonly state: StageOutcome
  /** How long it took when it ran, in this run or in an earlier one. */
  readonly seconds?: number
  /** Why it ran. */
  readonly reason?: string
  /** The run that made its outputs, if that was an earlier one. */
  readonly madeIn?: string
  readonly time?: number
  readonly key?: Key
  readonly outputs: readonly OutputData[]
  readonly report: StageReport
  readonly ledger?: Ledger
  /** The scalars that it measured while it ran, by name. */
  readonly curves: Readonly<Record<string, readonly BandPoint[]>>
  readonly samples: readonly SampleAt[]
  /** Answers of a policy in training, with their rewards. */
  readonly rollouts: readonly RolloutData[]
  /** Answers of models to prompts, from the artefact. */
  readonly answers: readonly AnswersData[]
  readonly warnings: readonly string[]
  /** The end of the log of a stage that failed. */
  readonly logTail: readonly string[]
  readonly error?: StageFailure
  /** The test of an `expect`, as the program writes it. */
  readonly expectation?: string
  /** Why it was skipped. */
  readonly because?: string
  readonly exported?: { readonly to: string; readonly files: number }
  /** How far a stage that is running has come: `120 of 1,000 steps`. */
  readonly progress?: string
  /** The input files that it read. */
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[]
  /** The settings of the plan; a field `$name` has the words of the program for the field `name`. */
  readonly settings: JsonObject
  /** The parts that the store no longer has: `its output`, `its record`. */
  readonly gone: readonly string[]
}

export interface OutputData {
  readonly name: string
  readonly digest: Digest
  readonly kind?: ArtefactKind
  readonly bytes?: number
}

/** An answer of a policy at a step of its training. */
export interface RolloutData extends SampleAt {
  /** `null` if it is not a finite number. */
  readonly reward: number | null
}

/** A prompt with answers, each by a model or by number, with its score or rank if it has one. */
export interface AnswersData {
  readonly prompt: string
  readonly answers: readonly { readonly by: string; readonly text: string; readonly score?: number }[]
}
