/** What a store is: outputs of stages kept by content, and the actions that made them kept by key. */

import type { Artefact, ArtefactKind, Digest, Key } from '../core/artefact.ts'
import type { StageReport } from '../core/report.ts'
import type { Component } from './key/manifest.ts'

/** A file of a payload. */
export interface PayloadFile {
  /** Relative to the payload's folder, with `/`. */
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/** One output of an action: its digest is the SHA-256 of its list of files. */
export interface ActionOutput {
  readonly digest: Digest
  readonly kind: ArtefactKind
  /** Sorted by path. */
  readonly files: readonly PayloadFile[]
}

/** A file from outside that an action read, for explanations. Its name is not in the key. */
export interface UsedFile {
  /** Relative to the program. */
  readonly name: string
  readonly size: number
  readonly sha256: string
}

/** The node that was run, in the words of its file, and that file: a path relative to the folder of the store. */
export interface ActionNode {
  readonly id: string
  readonly name: string
  readonly kind: string
  /** Absent in records of earlier versions. */
  readonly program?: string
}

/** What was done to make some outputs: the record that makes a hit. */
export interface Action {
  readonly key: Key
  readonly node: ActionNode
  /** All that the key was made of. */
  readonly components: readonly Component[]
  /** Words for people about some of them: labels of `$…` fields, by dotted path. Not in the key. */
  readonly words: readonly Component[]
  readonly files: Readonly<Record<string, readonly UsedFile[]>>
  readonly outputs: Readonly<Record<string, ActionOutput>>
  readonly report: StageReport
  readonly seconds: number
  /** The run that did it, and when it was done, in milliseconds since the epoch. */
  readonly run: string
  readonly time: number
  /** Why it was run. */
  readonly reason: string
}

export interface Store {
  /** The folder of everything of the store that lies on this machine: work, runs, the stat cache. Absolute. */
  readonly root: string
  /** It cannot be written to: what is in it is taken, and nothing is kept. */
  readonly isReadOnly: boolean
  /** The action recorded under a key whose outputs are all there, or nothing. What is damaged is moved aside and is nothing. */
  lookup(key: Key): Promise<Action | undefined>
  /** Moves the record of a key aside: it is not one to be believed. */
  reject(key: Key): void
  /** Moves an artefact aside: it is damaged. */
  discard(digest: Digest): void
  /**
   * Takes the output folders (inside `root`; they are moved) and records the action, atomically, the action last.
   * `logs` are small texts kept beside the record by name: `metrics.jsonl`, `log.txt`.
   */
  commit(draft: Omit<Action, 'outputs'>, folders: Outputs, logs?: Readonly<Record<string, string>>): Promise<Committed>
  /** Notes that a program has a hit that another one made: from then on it is compared with that. */
  note(action: Action, node: ActionNode): void
  /** The artefact of an output. */
  artefact(output: ActionOutput): Artefact
  /**
   * Actions recorded for a node of that id, and if there is none for nodes of that kind with another id, as far as `isOther`
   * lets them; newest first, at most `limit`. With a `program` only those of that program, and those of which it is not known.
   */
  earlier(
    node: { readonly id: string; readonly kind: string; readonly program?: string },
    isOther?: (id: string) => boolean,
    limit?: number,
  ): Promise<readonly Action[]>
}

/** Where a stage wrote its outputs, and what they are. */
export type Outputs = Readonly<Record<string, { readonly folder: string; readonly kind: ArtefactKind }>>

export interface Committed {
  readonly action: Action
  /** Every output was in the store already: another action gave the same. */
  readonly unchanged: boolean
}
