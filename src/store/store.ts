/** The interface of a store: it keeps outputs of stages by content, and the actions that made them by key. */

import type { Artefact, ArtefactKind, Digest, Key } from '../core/artefact.ts'
import type { JobUse } from '../core/event.ts'
import type { StageReport } from '../core/report.ts'
import type { Component } from './key/manifest.ts'

/** A file of a payload. */
export interface PayloadFile {
  /** Relative to the payload's folder, with `/`. */
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/** One output of an action. Its digest is the SHA-256 of its list of files. */
export interface ActionOutput {
  readonly digest: Digest
  readonly kind: ArtefactKind
  /** Sorted by path. */
  readonly files: readonly PayloadFile[]
}

/** An input file that an action read, for explanations. Its path is not in the key. */
export interface UsedFile {
  /** Relative to the program. */
  readonly name: string
  readonly size: number
  /** Of an object in a bucket: the digest of its ETag and size. */
  readonly sha256: string
  /** The ETag of an object in a bucket. */
  readonly etag?: string
}

/** The node that was run, as its program names it, and the program: a path relative to the folder of the store. */
export interface ActionNode {
  readonly id: string
  readonly name: string
  readonly kind: string
  /** Absent in records of earlier versions. */
  readonly program?: string
}

/** A person's word for outputs that the stage of the record did not make from its components. */
export interface Vouched {
  /** `adopted`: the outputs were made elsewhere. `accepted`: an earlier action of the stage made them, and what changed since is harmless. */
  readonly how: 'adopted' | 'accepted'
  /** `ada on lab-3`. */
  readonly by: string
  /** The folder, or the key of the earlier action. */
  readonly from: string
  /** Accepted changes, in words. */
  readonly changes: readonly string[]
}

/** The record of how some outputs were made. It makes its key a hit. */
export interface Action {
  readonly key: Key
  readonly node: ActionNode
  /** Everything that the key was computed from. */
  readonly components: readonly Component[]
  /** Labels for people about some components: the `$…` fields, by dotted path. Not in the key. */
  readonly words: readonly Component[]
  readonly files: Readonly<Record<string, readonly UsedFile[]>>
  readonly outputs: Readonly<Record<string, ActionOutput>>
  readonly report: StageReport
  readonly seconds: number
  /** The run that made them, and when it finished, in milliseconds since the epoch. */
  readonly run: string
  readonly time: number
  /** Why the node ran, in words. */
  readonly reason: string
  /** Present if it ran on a cluster. */
  readonly use?: JobUse
  /** Present if a person vouches for the outputs. */
  readonly vouched?: Vouched
}

export interface Store {
  /** The absolute path of the folder that holds everything of the store on this machine: work, runs, the stat cache. */
  readonly root: string
  /** The store cannot be written to: hits are used, and nothing is kept. */
  readonly isReadOnly: boolean
  /** The action recorded under a key, if all its outputs are in the store; otherwise `undefined`. Whatever is corrupt is moved aside. */
  lookup(key: Key): Promise<Action | undefined>
  /** Moves the record of a key aside, because it cannot be trusted. */
  reject(key: Key): void
  /** Moves a corrupt artefact aside. */
  discard(digest: Digest): void
  /**
   * Moves the output folders (which are in `root`) to their places and records the action, each atomically, the action last. `logs` are small texts
   * that are kept beside the record by name: `metrics.jsonl`, `log.txt`.
   */
  commit(draft: Omit<Action, 'outputs'>, folders: Outputs, logs?: Readonly<Record<string, string>>): Promise<Committed>
  /** Notes that an action which another program made is a hit of this program: later actions of the program are compared with it. */
  note(action: Action, node: ActionNode): void
  /** The artefact of an output. */
  artefact(output: ActionOutput): Artefact
  /**
   * The actions recorded for a node of that id; if there are none, those for nodes of that kind whose id `isOther` accepts. Newest first, at most
   * `limit`. With a `program`, only actions of that program, and those whose program is unknown.
   */
  earlier(
    node: { readonly id: string; readonly kind: string; readonly program?: string },
    isOther?: (id: string) => boolean,
    limit?: number,
  ): Promise<readonly Action[]>
}

/** The folders where a stage wrote its outputs, and their kinds, by name. */
export type Outputs = Readonly<Record<string, { readonly folder: string; readonly kind: ArtefactKind }>>

export interface Committed {
  readonly action: Action
  /** Every output was in the store already: another action made the same. */
  readonly unchanged: boolean
}
