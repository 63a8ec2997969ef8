/**
 * Pages whose commands are run as they are written. A block ```console is a session: `$ command`, and below it what it prints, where `…`
 * stands for anything. A block ```diff is an edit of the program of the page.
 */

export type Block =
  | { readonly type: 'console'; readonly line: number; readonly commands: readonly Command[] }
  | { readonly type: 'diff'; readonly line: number; readonly removed: string; readonly added: string }

export interface Command {
  readonly words: readonly string[]
  readonly expected: string
}

/** The blocks of a page that do something, in order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  for (const found of markdown.matchAll(/^```(console|diff)\n(.*?)^```$/gms)) {
    const [, type, body = ''] = found
    const line = markdown.slice(0, found.index).split('\n').length
    if (type === 'console') blocks.push({ type, line, commands: commandsIn(body) })
    else blocks.push({ type: 'diff', line, removed: linesOf(body, '-'), added: linesOf(body, '+') })
  }
  return blocks
}

function commandsIn(body: string): Command[] {
  return body
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = '', ...printed] = text.split('\n')
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
      return { words, expected: printed.join('\n') }
    })
}

/** The lines of one side; a line without a sign stands on both. */
function linesOf(body: string, sign: '-' | '+'): string {
  return body
    .split('\n')
    .filter((line) => line.startsWith(sign) || line.startsWith(' '))
    .map((line) => line.slice(1))
    .join('\n')
}

/** What may be another from time to time: the name of a run, a number with a point or a unit; counts are what they are. */
const varying = String.raw`\d{8}-\d{6}-[0-9a-f]{6}|(?<![\w.])\d[\d,]*(?:\.\d+[a-z]*|[a-z]+)`

/** Whether a text is the one that is written; the width of columns may differ too. */
export function matches(expected: string, printed: string): boolean {
  const pattern = expected
    .trimEnd()
    .split(new RegExp(`(…|${varying}| +)`))
    .map((piece, index) => {
      if (index % 2 === 0) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      return piece === '…' ? '[^]*' : piece.startsWith(' ') ? ' +' : `(?:${varying})`
    })
    .join('')
  return new RegExp(`^${pattern}$`).test(printed.trimEnd())
}
