/**
 * Parses pages whose commands are tests. A ```console block is a session: `$ command`, and below it the expected output, in which `…`
 * stands for anything. A ```diff block is an edit of the program of the page.
 */

export type Block =
  | { readonly type: 'console'; readonly line: number; readonly commands: readonly Command[] }
  | { readonly type: 'diff'; readonly line: number; readonly removed: string; readonly added: string }

export interface Command {
  readonly words: readonly string[]
  readonly expected: string
}

/** The blocks of a page that are edits or sessions, in order. */
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

/** The lines of one side of an edit; a line without a sign belongs to both sides. */
function linesOf(body: string, sign: '-' | '+'): string {
  return body
    .split('\n')
    .filter((line) => line.startsWith(sign) || line.startsWith(' '))
    .map((line) => line.slice(1))
    .join('\n')
}

/** Matches text that may differ between runs: the name of a run, and numbers with a decimal point or a unit. Counts have to be equal. */
const varying = String.raw`\d{8}-\d{6}-[0-9a-f]{6}|(?<![\w.])\d[\d,]*(?:\.\d+[a-z]*|[a-z]+)`

/** Whether a command printed the expected text. Values that vary between runs and the width of columns may differ. */
export function matches(expected: string, printed: string): boolean {
  const pattern = withoutSaved(expected)
    .trimEnd()
    .split(new RegExp(`(…|${varying}| +)`))
    .map((piece, index) => {
      if (index % 2 === 0) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      return piece === '…' ? '[^]*' : piece.startsWith(' ') ? ' +' : `(?:${varying})`
    })
    .join('')
  return new RegExp(`^${pattern}$`).test(withoutSaved(printed).trimEnd())
}

/** `text` without `, saved 1.2s`: a hit prints this only if the stage took a second or more, which a busy machine makes it do. */
function withoutSaved(text: string): string {
  return text.replace(/, saved \d[\w.]*(?: \d\d\w)?(?=\s|$)/gm, '')
}
