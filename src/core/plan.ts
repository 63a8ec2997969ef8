/**
 * The Plan: everything that the runner knows, as plain JSON. A node is one process, an edge an artefact.
 *
 *     read+clean ──▶ dedup ──▶ split ──▶ train_bpe ──▶ encode ──▶ pretrain
 */

import type { ArtefactType } from './artefact.ts'
import type { CustomCode } from './kind/custom.ts'
import type { Continues, Resources } from './kind/resources.ts'
import type { Json, JsonObject } from './values/json.ts'
import type { Variant } from './variant.ts'

/** One output of one node: `{ node: 'train,held_out', output: 'train' }`. */
export interface OutputRef {
  readonly node: string
  readonly output: string
}

/** The place of a node in the source, 1-based. It is never part of a key. */
export interface PlanSpan {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export interface PlanNode {
  /** Unique in the plan and stable under edits elsewhere: the bound name, or `base.on` for an unnamed inner node. */
  readonly id: string
  /** The name for people: the one that the program binds (`train,held_out` for two); for an unnamed inner node, its id. */
  readonly name: string
  /** For a node made in a `for`: the variant that it is, or belongs to. */
  readonly variant?: Variant
  /** The stage kind. */
  readonly kind: string
  /** The kind's version, and for a fused pass also those of its steps: part of the key. */
  readonly version: Json
  /** The code of a custom stage, whose digest is part of the key. */
  readonly code?: CustomCode
  /**
   * The normalized settings, defaults filled in: part of the key, but for fields whose name begins with `$` (labels,
   * names and other words for people), at any depth.
   */
  readonly params: JsonObject
  /** Settings that cannot change the bytes of the output (how often to report, where to export to): not in the key. */
  readonly hints: JsonObject
  /** The input artefacts, by role. A role that takes a list has several. */
  readonly inputs: Readonly<Record<string, readonly OutputRef[]>>
  /** The versions of the npm packages that the program uses, by name: words for `why`, which are not in the key. */
  readonly packages?: Readonly<Record<string, string>>
  /** The roles whose lists can go without artefacts that failed. */
  readonly spares?: readonly string[]
  /** The ids of the nodes whose results this one checks. Nothing depends on it, but whoever asks for them alone gets it too. */
  readonly checks?: readonly string[]
  /** The input files from outside the store, by setting. Their bytes and names are part of the key, their folders are not. */
  readonly files: Readonly<Record<string, FilePattern>>
  /** The outputs in order, with their types; most nodes have one, called `out`. */
  readonly outputs: readonly { readonly name: string; readonly type: ArtefactType }[]
  readonly resources: Resources
  readonly span: PlanSpan
  /** The places of the settings in the source, by dotted path, for `why`. */
  readonly settingSpans?: Readonly<Record<string, PlanSpan>>
  /** The steps that a training shares with shorter ones, which it can continue. */
  readonly continues?: Continues
  /** The folder (relative to the program) to which the runner copies the artefact. */
  readonly exportTo?: string
}

/** Glob patterns or paths, relative to the folder of the program that names them. */
export interface FilePattern {
  /** Paths and patterns of files: on this machine, or in a bucket (`s3://bucket/data/*.parquet`). */
  readonly patterns: readonly string[]
  /** The folder the patterns are relative to, relative to the program's folder. */
  readonly base: string
  /** How the patterns lead to the files; absent if they match the files themselves. */
  readonly through?: Through
}

export type Through =
  /** The patterns match lists: text files with a path or a pattern a line. `under`: the folder that relative paths are in; default that of the list. */
  | { readonly type: 'list'; readonly under?: string }
  /** The only pattern is a folder that is laid out as a data set of Hugging Face. */
  | { readonly type: 'dataset'; readonly split?: string; readonly config?: string }

export interface Plan {
  readonly version: 1
  /** The program's path as the user gave it. */
  readonly program: string
  /** The nodes, each after its inputs. */
  readonly nodes: readonly PlanNode[]
  /** Model graphs by digest (see src/model/spec.ts): a param `{ "model": digest }` refers to one. */
  readonly models: Readonly<Record<string, Json>>
  /** The results that a run shows at its end, in the order of the file: names bound by `stage` and `export`. */
  readonly results: readonly string[]
  /** Every source file of the program: the file itself and the files that it uses. `watch` watches them. */
  readonly sources: readonly string[]
}

/** A node with the result of looking up its key, as `plan --json` prints it. */
export interface PlannedNode extends PlanNode {
  readonly status: 'cached' | 'run'
  /** Only the remote cache has it, so a run pulls it. */
  readonly remote?: true
  /** The reason: `unchanged`, `optimizer.lr: 0.001 → 0.0003`, `first run`, `depends on base, which runs`. */
  readonly reason: string
}
