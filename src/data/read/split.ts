/** Lines to texts: one a file, one a paragraph, one a line. */

import { StageError } from '../../core/failure.ts'
import type { Lines } from './decode.ts'

export type SplitBy = 'files' | 'paragraphs' | 'lines'

export interface Piece {
  readonly text: string
  /** Whether some of its bytes were not UTF-8; then the number of the first such line. */
  readonly damagedAt?: number
}

/** Takes the lines of one file, block after block. */
export interface LineSplitter {
  /** The pieces that are complete now. */
  take(lines: Lines): Piece[]
  /** The piece that the end of the file completes, if any. */
  end(): Piece[]
}

/** A splitter for the file `name`. */
export const splitters: { readonly [S in SplitBy]: (name: string) => LineSplitter } = {
  files: wholeFile,
  paragraphs,
  lines: () => ({
    take: ({ lines, line, damaged }) =>
      lines.flatMap((text, i) => (isBlank(text) ? [] : [pieceOf(text, damaged.has(i) ? line + i : undefined)])),
    end: () => [],
  }),
}

/** Splits a text that is in memory already. */
export function splitText(text: string, by: Exclude<SplitBy, 'files'>): string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const splitter = splitters[by]('')
  const pieces = splitter.take({ lines, line: 1, ended: true, damaged: new Set() })
  return [...pieces, ...splitter.end()].map((piece) => piece.text)
}

/** Paragraphs are lines between blank ones; a line of white space only is blank. */
function paragraphs(): LineSplitter {
  let open: string[] = []
  let damagedAt: number | undefined
  const close = (): Piece[] => {
    if (open.length === 0) return []
    const piece = pieceOf(open.join('\n'), damagedAt)
    open = []
    damagedAt = undefined
    return [piece]
  }
  return {
    take({ lines, line, damaged }) {
      const pieces: Piece[] = []
      for (let i = 0; i < lines.length; i++) {
        const text = lines[i]!
        if (isBlank(text)) {
          if (open.length > 0) pieces.push(...close())
          continue
        }
        if (damaged.has(i)) damagedAt ??= line + i
        open.push(text)
      }
      return pieces
    },
    end: close,
  }
}

/** The longest text there can be in JavaScript, in UTF-16 units. */
const longest = 2 ** 29 - 2 ** 20

function wholeFile(name: string): LineSplitter {
  const blocks: string[] = []
  let length = 0
  let damagedAt: number | undefined
  return {
    take({ lines, line, ended, damaged }) {
      const text = lines.join('\n') + (ended ? '\n' : '')
      length += text.length
      if (length > longest) {
        throw new StageError(
          'document-too-long',
          `${name} is too long to be one document`,
          'Make a document of each paragraph or line: read(…, split: paragraphs).',
        )
      }
      for (const i of damaged) damagedAt ??= line + i
      blocks.push(text)
      return []
    },
    end: () => (length === 0 ? [] : [pieceOf(blocks.join(''), damagedAt)]),
  }
}

function isBlank(line: string): boolean {
  return line === '' || line.trim() === ''
}

function pieceOf(text: string, damagedAt: number | undefined): Piece {
  return damagedAt === undefined ? { text } : { text, damagedAt }
}
