/** `llmpipe trust FILE`: shows the code and commands that a project brings, asks, and lets these versions run from now on. */

import { defineCommand } from '../../command.ts'
import { programOptions } from '../../common-options.ts'
import { flag } from '../../option.ts'
import { write, writeError } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const trust = defineCommand({
  name: 'trust',
  summary: 'read the commands and the code that a program brings, and let them run',
  details: `Shows the commands of the program with their variables and files, and its files of code, and asks. Your answer is kept in your
    home, by the folder of the program and the contents: after a change you are asked again. Programs without shell(…) and without
    custom stages need no trust. Files of code are loaded, to learn what they export, only after you said yes.`,
  arguments: [{ name: '<file>', description: 'a program, or a file of custom stages', completes: 'programs' }],
  options: { ...programOptions, yes: flag('trust everything that is shown without a question, for scripts', 'y') },
  examples: [
    ['llmpipe trust pipeline.llmpipe', 'read its code, and decide'],
    ['llmpipe trust --yes pipeline.llmpipe', 'in a script, for your own program'],
  ],
  async run([file = ''], options) {
    const { compileFile } = await import('../../program/compiled.ts')
    const { printDiagnostics } = await import('../../program/print-diagnostics.ts')
    const { programCall } = await import('../../program/open-program.ts')
    const { sourceLines } = await import('../../program/custom-code.ts')
    const { customStages } = await import('../../program/custom-stages.ts')
    const { untrustedRuns } = await import('../../program/trust.ts')
    const { projectOf } = await import('../../program/trust-list.ts')
    const call = programCall(file, options)
    const { root } = call
    const asking: Asking = { file, project: projectOf(file), yes: options.yes }

    // Files of code come first: the program that uses them cannot be compiled before they are loaded.
    const unread: { readonly digest: string; readonly lines: readonly string[] }[] = []
    const custom = {
      onUntrusted: (path: string, code: import('../../program/custom-stages.ts').UntrustedCode) =>
        void unread.push({ digest: code.digest, lines: sourceLines(path, code.sources) }),
    }
    if (/\.[cm]?[jt]s$/.test(file)) {
      if (customStages(file, root, custom)(file) === undefined) throw new Refusal(`the file ${file} does not exist`)
      return (await asks(asking, unread)) ? exit.done : exit.refused
    }
    let compiled = compileFile(file, { ...call, custom })
    if (unread.length > 0) {
      if (!(await asks(asking, unread))) return exit.refused
      compiled = compileFile(file, call)
    }
    printDiagnostics(compiled)
    if (compiled.plan === undefined) return exit.refused
    const runs = await untrustedRuns(file, compiled.plan, root)
    if (runs.length > 0) return (await asks(asking, runs)) ? exit.done : exit.refused
    if (unread.length === 0) write(`${file} runs nothing that is not trusted\n`)
    return exit.done
  },
})

interface Asking {
  readonly file: string
  readonly project: string
  readonly yes: boolean
}

/** Shows things, asks, and trusts them if the answer is yes. Returns the answer. */
async function asks(
  { file, project, yes }: Asking,
  things: readonly { readonly digest: string; readonly lines: readonly string[] }[],
): Promise<boolean> {
  const { remember } = await import('../../program/trust-list.ts')
  const { sanitize } = await import('../../../core/values/printable.ts')
  if (things.length === 0) {
    write(`${sanitize(file)} runs nothing that is not trusted\n`)
    return true
  }
  const text = things.map(({ lines }) => lines.join('\n')).join('\n\n')
  write(`${sanitize(file)} would run as you, in ${sanitize(project)}:\n\n${text}\n\n`)
  if (!yes && !(await isAgreed())) {
    writeError('nothing was trusted\n')
    return false
  }
  remember(
    project,
    things.map(({ digest }) => digest),
  )
  write(`trusted, as it is now, in ${sanitize(project)}\n`)
  return true
}

/** Asks on the terminal. Throws a Refusal if there is no terminal. */
async function isAgreed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new Refusal('trust asks a question, and there is no terminal', 'In a script, for code that you know: --yes.')
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  // The end of the input and Ctrl-C count as no.
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  const answer = await Promise.race([lines.question('Trust it? [y/N] '), ended])
  lines.close()
  return /^y(es)?$/i.test(answer.trim())
}
