/** A file of custom stages that a program uses, as the compiler receives it: its kinds, or the reason why there are none. */

import type { Span } from '../../../grammar/span.ts'
import type { CustomCode } from './custom.ts'
import type { StageKind } from './kind.ts'

export interface CustomFile {
  /** The stages, by the names that they are exported by. */
  readonly kinds: Readonly<Record<string, StageKind>>
  /** The names of the other exports. */
  readonly others: readonly string[]
  /** The error in a definition, by the name that it is exported by. */
  readonly wrong: Readonly<Record<string, string>>
  /** The text of every source that could be read, by path. */
  readonly sources: ReadonlyMap<string, string>
  /** The reason why there are no kinds. */
  readonly problem?: CustomProblem
}

export type CustomProblem =
  /** The sources were read and not executed, because nobody has trusted them. `help` says how to trust them. */
  | { readonly type: 'untrusted'; readonly help?: string; readonly code: Pick<CustomCode, 'digest' | 'sources'> }
  /** A source is not TypeScript or JavaScript, or imports a module that does not exist. */
  | { readonly type: 'source'; readonly errors: readonly { readonly span: Span; readonly message: string }[] }
  /** The file threw an error while it was loaded. */
  | { readonly type: 'failed'; readonly reason: string }
