/** Stages of the project's own: files of TypeScript or JavaScript that a program uses, as the compiler is handed them. */

import type { Span } from '../../grammar/span.ts'
import type { StageKind } from './kind.ts'

/** The code that a kind of the project's own runs: of a `use`d file, and of all that it imports. */
export interface OwnCode {
  /** The SHA-256 of the sources and of which imports which, in hex: part of the key. Names and folders are not in it. */
  readonly digest: string
  /** The SHA-256 of the one text that is made of the sources and executed, in hex: the name of a file in the store. */
  readonly bundle: string
  /** The name that the stage is exported by. */
  readonly export: string
  /** The sources, for explanations; those of an npm package are one. */
  readonly sources: readonly OwnSource[]
}

export interface OwnSource {
  /** A path relative to the program, or `package left-pad`. */
  readonly name: string
  readonly size: number
  readonly sha256: string
}

/** A file of stages, as far as it could be loaded. */
export interface OwnFile {
  /** By the names they are exported by. */
  readonly kinds: Readonly<Record<string, StageKind>>
  /** What else it exports. */
  readonly others: readonly string[]
  /** What is wrong with a definition, by the name it is exported by. */
  readonly wrong: Readonly<Record<string, string>>
  /** The text of every file it was made of, by path; as far as they were read. */
  readonly sources: ReadonlyMap<string, string>
  /** Why there is nothing of it. */
  readonly problem?: OwnProblem
}

export type OwnProblem =
  /** It was read and not run: these sources have to be trusted first. `help` says how. */
  | { readonly type: 'untrusted'; readonly help?: string; readonly code: Pick<OwnCode, 'digest' | 'sources'> }
  /** It, or what it imports, is no TypeScript or JavaScript, or imports what is not there. */
  | { readonly type: 'source'; readonly errors: readonly { readonly span: Span; readonly message: string }[] }
  /** It failed while it was loaded. */
  | { readonly type: 'failed'; readonly reason: string }
