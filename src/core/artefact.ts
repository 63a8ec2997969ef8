/** Artefacts: what stages make and take, as types (known when compiling) and as folders (known when running). */

export type { Reused, StageReport } from './report.ts'

/**
 * The type of an artefact. A tokenizer's identity is the reference of the plan output that made it (`bpe`,
 * `train,held_out:0`): two artefacts fit together only if theirs are equal.
 */
export type ArtefactType =
  | { readonly kind: 'Docs' | 'Pairs' | 'Prompts' | 'Answers' | 'Rankings' | 'Report' | 'Files' }
  | { readonly kind: 'Tokens'; readonly tokenizer: string }
  | {
      readonly kind: 'Tokenizer'
      readonly tokenizer: string
      readonly size: TokenizerSize
      /** Its special tokens, where its declaration says them all. */
      readonly special?: readonly string[]
    }
  | { readonly kind: 'Model'; readonly model: string; readonly vocab: TokenizerSize }
  | { readonly kind: 'Weights'; readonly model: string; readonly tokenizer: string; readonly template?: string }
  | { readonly kind: 'Reward'; readonly tokenizer: string; readonly template?: string }

/** How many ids a tokenizer has: a number where its declaration says so, else (characters) known once it is trained. */
export type TokenizerSize = number | { readonly sizeOf: string }

export type ArtefactKind = ArtefactType['kind']

declare const brand: unique symbol

/**
 * The SHA-256 of an artefact's payload, in hex: of the sorted list of its files' paths, sizes and SHA-256s. Made by `digestOf` and
 * `digestOfOutputs`; text from outside becomes one by `isDigest` of shape.ts.
 */
export type Digest = string & { readonly [brand]: 'Digest' }

/** The SHA-256 of all that can change a stage's output, in hex. Made by `keyOf`; text from outside becomes one by `isKey` of shape.ts. */
export type Key = string & { readonly [brand]: 'Key' }

/** An artefact in a store: a folder of ordinary files. */
export interface Artefact {
  readonly kind: ArtefactKind
  readonly digest: Digest
  /** The folder its files lie in; never written to again. */
  readonly path: string
}

/**
 * What happened to the documents of a data stage. It explains an artefact and is not part of its content, so it lies
 * beside it in the action record: cleaning that gives the same text from other input is still the same artefact.
 */
export interface Ledger {
  /** Documents and UTF-8 bytes of text that came in, and that went out. */
  readonly in: Tally
  readonly out: Tally
  /** In the order of the rules: which rule dropped how many, with a few of them to look at. */
  readonly dropped: readonly DroppedByRule[]
  /** Documents that a step changed (normalize, redact), by step. */
  readonly changed: readonly { readonly step: string; readonly documents: number; readonly note?: string }[]
  /** Input that could not be read as a document. */
  readonly malformed: { readonly count: number; readonly samples: readonly MalformedLine[] }
  /** Documents cut short, by step. */
  readonly truncated: readonly { readonly step: string; readonly documents: number }[]
}

export interface Tally {
  readonly documents: number
  readonly bytes: number
}

export interface DroppedByRule {
  /** The step and rule as written in the file: `gopher_quality: words in 50..100_000`. */
  readonly rule: string
  readonly documents: number
  readonly bytes: number
  readonly samples: readonly { readonly id: string; readonly text: string; readonly value?: string }[]
}

export interface MalformedLine {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly message: string
}
