/** `llmpipe fmt FILES`: programs in their one canonical form. */

import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from '../command.ts'
import { write, writeErrorExactly, writeExactly } from '../terminal/output.ts'
import { coloured } from '../terminal/print.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const fmt: Command = {
  name: 'fmt',
  summary: 'format programs, comments kept',
  arguments: [{ name: '<files...>', description: 'the programs; - is standard input', completes: 'programs' }],
  options: [{ flags: '--check', description: 'change nothing; exit code 1 where something would change' }],
  examples: [
    ['llmpipe fmt pipeline.llmpipe', ''],
    ['llmpipe fmt --check pipelines/*.llmpipe', 'in continuous integration'],
    ['llmpipe fmt - < pipeline.llmpipe', 'prints the formatted program'],
  ],
  async run(files, options) {
    const { format } = await import('../../language/format/format.ts')
    const { renderDiagnostics } = await import('../../language/messages/render.ts')
    let code: number = exit.done
    for (const file of files) {
      const source = readText(file)
      const { text, diagnostics } = format(source, file)
      if (text === undefined) {
        const sources = new Map([[file, source]])
        writeErrorExactly(renderDiagnostics(diagnostics, sources, { color: coloured(process.stderr) }))
        code = exit.refused
      } else if (file === '-' && !options.check) writeExactly(text)
      else if (text !== source) {
        if (options.check) code = Math.max(code, exit.failed)
        else writeFileSync(file, text)
        write(`${file}${options.check ? ' is not formatted' : ''}\n`)
      }
    }
    return code
  },
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${(error as Error).message}`)
  }
}
