/** `llmpipe fmt FILES`: programs in their one canonical form. */

import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { systemCode } from '../../../core/failure.ts'
import { defineCommand } from '../../command.ts'
import { flag } from '../../option.ts'
import { helpForFolder } from '../../programs-here.ts'
import { write, writeErrorExactly, writeExactly } from '../../terminal/output.ts'
import { colored } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const fmt = defineCommand({
  name: 'fmt',
  summary: 'format programs; comments are kept',
  arguments: [{ name: '<files...>', description: 'the programs; - for standard input', completes: 'programs' }],
  options: { check: flag('change nothing; exit with 1 if a program is not formatted') },
  examples: [
    ['llmpipe fmt pipeline.llmpipe', ''],
    ['llmpipe fmt --check pipelines/*.llmpipe', 'in continuous integration'],
    ['llmpipe fmt - < pipeline.llmpipe', 'print the formatted program'],
  ],
  async run(files, { check }) {
    const { format } = await import('../../../language/format/format.ts')
    const { renderDiagnostics } = await import('../../../language/messages/render.ts')
    let code: number = exit.done
    for (const file of files) {
      const source = readText(file)
      const { text, diagnostics } = format(source, file)
      if (text === undefined) {
        const sources = new Map([[file, source]])
        writeErrorExactly(renderDiagnostics(diagnostics, sources, { color: colored(process.stderr) }))
        code = exit.refused
      } else if (file === '-' && !check) writeExactly(text)
      else if (text !== source) {
        if (check) code = Math.max(code, exit.failed)
        else replaceText(file, text)
        write(`${file}${check ? ' is not formatted' : ''}\n`)
      }
    }
    return code
  },
})

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${(error as Error).message}`, helpForFolder(file))
  }
}

/** Errors of a folder in which no file can be made or renamed, though the file itself can be written to: a file that a container has from outside. */
const onlyInPlace: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EBUSY', 'EROFS', 'EXDEV'])

/** Replaces the text of a file. If the disk is full, the file stays as it was. A link stays, and its target is replaced. */
function replaceText(file: string, text: string): void {
  const path = realpathSync(file)
  const beside = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(beside, text, { flag: 'wx' })
    chmodSync(beside, statSync(path).mode & 0o777)
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    if (!onlyInPlace.has(systemCode(error))) throw error
    writeFileSync(path, text)
  }
}
