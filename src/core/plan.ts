/**
 * The Plan: everything the runner knows. Plain JSON; a node is one process, an edge an artefact.
 *
 *     read+clean ──▶ dedup ──▶ split ──▶ train_bpe ──▶ encode ──▶ pretrain
 */

import type { ArtefactType } from './artefact.ts'
import type { CustomCode } from './custom.ts'
import type { Json, JsonObject } from './json.ts'
import type { Continues, Resources } from './resources.ts'
import type { Variant } from './variant.ts'

/** One output of one node: `{ node: 'train,held_out', output: 'train' }`. */
export interface OutputRef {
  readonly node: string
  readonly output: string
}

/** Where a node stands in the source, 1-based; never part of a key. */
export interface PlanSpan {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export interface PlanNode {
  /** Unique in the plan and stable under edits elsewhere: the bound name, or `base.encode` for an unnamed inner node. */
  readonly id: string
  /** What people call it: the name (or `train,held_out`) bound in the file; for an unnamed inner node, its id. */
  readonly name: string
  /** For a node made in a `for`: which of the variants it is, or belongs to. */
  readonly variant?: Variant
  /** The stage kind. */
  readonly kind: string
  /** The kind's version, and for a fused pass also those of its steps: part of the key. */
  readonly version: Json
  /** Where the kind is one of the project's own: its code, whose digest is part of the key. */
  readonly code?: CustomCode
  /**
   * The normalized settings, defaults filled in: part of the key, but for fields whose name begins with `$` (labels,
   * names and other words for people), at any depth.
   */
  readonly params: JsonObject
  /** Settings that cannot change the bytes of the output (how often to report, where to export to): not in the key. */
  readonly hints: JsonObject
  /** Artefacts taken, by role; a role that takes a list has several. */
  readonly inputs: Readonly<Record<string, readonly OutputRef[]>>
  /** Roles whose list is taken without those that failed. */
  readonly spares?: readonly string[]
  /** Files from outside taken, by setting; their bytes and names are part of the key, their folders are not. */
  readonly files: Readonly<Record<string, FilePattern>>
  /** The outputs in order, with their types; most nodes have one, called `out`. */
  readonly outputs: readonly { readonly name: string; readonly type: ArtefactType }[]
  readonly resources: Resources
  readonly span: PlanSpan
  /** Where the formatted settings stand in the source, by dotted path: what `why` points at. */
  readonly settingSpans?: Readonly<Record<string, PlanSpan>>
  /** How it goes on from what was done with fewer steps, where it can. */
  readonly continues?: Continues
  /** After the artefact is there, the runner copies it to this folder (relative to the program), if given. */
  readonly exportTo?: string
}

/** Glob patterns or paths, relative to the folder of the program that names them. */
export interface FilePattern {
  readonly patterns: readonly string[]
  /** The folder the patterns are relative to, relative to the program's folder. */
  readonly base: string
}

export interface Plan {
  readonly version: 1
  /** The program's path as the user gave it. */
  readonly program: string
  /** In an order in which every node comes after its inputs. */
  readonly nodes: readonly PlanNode[]
  /** Model graphs by digest (see src/model/spec.ts): a param `{ "model": digest }` refers to one. */
  readonly models: Readonly<Record<string, Json>>
  /** What the run shows at its end, in the order of the file: names bound by `stage` and `export`. */
  readonly results: readonly string[]
  /** Every source file the program was compiled from: the file, what it uses. For watch. */
  readonly sources: readonly string[]
}

/** A node whose key was looked up: what `plan --json` prints for each. */
export interface PlannedNode extends PlanNode {
  readonly status: 'cached' | 'run'
  /** It is cached, in the remote cache alone: a run pulls it. */
  readonly remote?: true
  /** Why: `unchanged`, `optimizer.lr: 0.001 → 0.0003`, `first run`, `depends on base, which runs`. */
  readonly reason: string
}
