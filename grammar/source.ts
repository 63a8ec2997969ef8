/** A text with its tokens and comments. */

import type { IToken } from 'chevrotain'
import type { Comment } from './syntax.ts'

export interface Source {
  readonly file: string
  readonly text: string
  readonly tokens: IToken[]
  readonly comments: readonly Comment[]
}
