/** Splits the lines of a file into texts: the whole file, its paragraphs, or its lines. */

import { StageError } from '../../core/failure.ts'
import type { Lines } from './decode.ts'

export type SplitBy = 'files' | 'paragraphs' | 'lines'

export interface Piece {
  readonly text: string
  /** The 1-based number of the first line with bytes that are not UTF-8; `undefined` if there is no such line. */
  readonly damagedAt?: number
}

/** Splits the lines of one file, block after block. */
export interface LineSplitter {
  /** Adds lines, and returns the pieces that they complete. */
  take(lines: Lines): Piece[]
  /** Ends the file, and returns the piece that its end completes, if any. */
  end(): Piece[]
}

/** Makes a splitter for the file `name`. */
export const splitters: { readonly [S in SplitBy]: (name: string) => LineSplitter } = {
  files: wholeFile,
  paragraphs,
  lines: () => ({
    take: ({ lines, line, damaged }) =>
      lines.flatMap((text, i) => (isBlank(text) ? [] : [pieceOf(text, damaged.has(i) ? line + i : undefined)])),
    end: () => [],
  }),
}

/** Splits a text in memory. */
export function splitText(text: string, by: Exclude<SplitBy, 'files'>): string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const splitter = splitters[by]('')
  const pieces = splitter.take({ lines, line: 1, ended: true, damaged: new Set() })
  return [...pieces, ...splitter.end()].map((piece) => piece.text)
}

/** Paragraphs are runs of lines that are not blank. A line of only white space is blank. */
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

/** The longest text, in UTF-16 units: JavaScript has no longer strings. */
const maxLength = 2 ** 29 - 2 ** 20

function wholeFile(name: string): LineSplitter {
  const blocks: string[] = []
  let length = 0
  let damagedAt: number | undefined
  return {
    take({ lines, line, ended, damaged }) {
      const text = lines.join('\n') + (ended ? '\n' : '')
      length += text.length
      if (length > maxLength) {
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
