/** Artefacts, which stages produce and consume: their types (known when a program is compiled) and their folders (known in a run). */

/** Kinds of artefacts that fit together whatever made them. */
export type PlainKind = 'Docs' | 'Pairs' | 'Prompts' | 'Answers' | 'Rankings' | 'Report' | 'Files' | 'Classifier'

/**
 * The type of an artefact. `tokenizer` is the identity of a tokenizer: the reference of the plan output that produces it (`bpe`,
 * `train,held_out:0`). Two artefacts fit together only if their tokenizers are equal.
 */
export type ArtefactType =
  | { readonly kind: PlainKind }
  | { readonly kind: 'Tokens'; readonly tokenizer: string }
  | {
      readonly kind: 'Tokenizer'
      readonly tokenizer: string
      readonly size: TokenizerSize
      /** All special tokens, if the declaration of the tokenizer lists them. */
      readonly special?: readonly string[]
    }
  | { readonly kind: 'Model'; readonly model: string; readonly vocab: TokenizerSize }
  | { readonly kind: 'Weights'; readonly model: string; readonly tokenizer: string; readonly template?: string }
  | { readonly kind: 'Reward'; readonly tokenizer: string; readonly template?: string }

/** The number of ids of a tokenizer; `sizeOf` names the tokenizer whose size is known only after it is trained (`characters`). */
export type TokenizerSize = number | { readonly sizeOf: string }

export type ArtefactKind = ArtefactType['kind']

/** The type of an artefact of one kind. */
export type ArtefactTypeOf<K extends ArtefactKind> = K extends PlainKind
  ? { readonly kind: K }
  : Extract<ArtefactType, { readonly kind: K }>

declare const brand: unique symbol

/**
 * The SHA-256 of an artefact's payload, in hex: of the sorted list of its files' paths, sizes and SHA-256s. Made by `digestOf` and
 * `digestOfOutputs`; text from outside becomes one by `isDigest` of shape.ts.
 */
export type Digest = string & { readonly [brand]: 'Digest' }

/** The SHA-256 of everything that can change the output of a stage, in hex. Made by `keyOf`; text from outside becomes one by `isKey` of shape.ts. */
export type Key = string & { readonly [brand]: 'Key' }

/** An artefact in a store: a folder of ordinary files. */
export interface Artefact {
  readonly kind: ArtefactKind
  readonly digest: Digest
  /** The folder of its files, which nothing writes to again. */
  readonly path: string
}
