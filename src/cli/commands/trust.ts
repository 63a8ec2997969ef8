/** `llmpipe trust FILE`: shows what a project runs of its own, asks, and lets it run from now on, as it is now. */

import { type Command, common } from '../command.ts'
import { paramsOf } from '../program/params.ts'
import { write, writeError } from '../terminal/output.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const trust: Command = {
  name: 'trust',
  summary: 'look at what a program runs of its own, and let it run',
  details:
    'Shows the commands, their variables and files, and the files of code that the program runs, and asks. What you trust is kept in your home, by the folder of the program and by the contents: after a change you are asked again. Programs without shell(…) and without stages of their own need none. Files of code are loaded, to learn what they export, only after you said yes.',
  arguments: [{ name: '<file>', description: 'a program, or a file of stages', completes: 'programs' }],
  options: [common.param, { flags: '-y, --yes', description: 'trust what is shown without a question, for scripts' }],
  examples: [
    ['llmpipe trust pipeline.llmpipe', 'read what it runs, and decide'],
    ['llmpipe trust --yes pipeline.llmpipe', 'of your own, in a script'],
  ],
  async run([file = ''], options) {
    const { compileFile, sayDiagnostics } = await import('../program/compiled.ts')
    const { storeFor } = await import('../program/store-folder.ts')
    const { sourceLines } = await import('../program/custom-code.ts')
    const { ownStages } = await import('../program/custom-stages.ts')
    const { untrustedRuns } = await import('../program/trust.ts')
    const { projectOf } = await import('../program/trust-list.ts')
    const store = storeFor(options, file).root
    const asking: Asking = { file, project: projectOf(file), yes: options.yes === true }
    const params = paramsOf(options)

    // Files of code first: nothing of the program that uses them is known before they are loaded.
    const unread: { readonly digest: string; readonly lines: readonly string[] }[] = []
    const own = {
      onUntrusted: (path: string, code: import('../program/custom-stages.ts').UntrustedCode) =>
        void unread.push({ digest: code.digest, lines: sourceLines(path, code.sources) }),
    }
    if (/\.[cm]?[jt]s$/.test(file)) {
      if (ownStages(file, store, own)(file) === undefined) throw new Refusal(`there is no file ${file}`)
      return (await asks(asking, unread)) ? exit.done : exit.refused
    }
    let compiled = compileFile(file, { params, store, own })
    if (unread.length > 0) {
      if (!(await asks(asking, unread))) return exit.refused
      compiled = compileFile(file, { params, store })
    }
    sayDiagnostics(compiled)
    if (compiled.plan === undefined) return exit.refused
    const runs = await untrustedRuns(file, compiled.plan, store)
    if (runs.length > 0) return (await asks(asking, runs)) ? exit.done : exit.refused
    if (unread.length === 0) write(`${file} runs nothing that is not trusted\n`)
    return exit.done
  },
}

interface Asking {
  readonly file: string
  readonly project: string
  readonly yes: boolean
}

/** Shows things, and trusts them if that is wanted. */
async function asks(
  { file, project, yes }: Asking,
  things: readonly { readonly digest: string; readonly lines: readonly string[] }[],
): Promise<boolean> {
  const { remember } = await import('../program/trust-list.ts')
  const { sanitize } = await import('../../core/printable.ts')
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

/** Asks on the terminal; a Refusal if there is none. */
async function isAgreed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new Refusal('this asks a question, and there is no terminal', 'In a script, of what you know: --yes.')
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  // The end of the input, or Ctrl-C, is no.
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  const answer = await Promise.race([lines.question('Trust it? [y/N] '), ended])
  lines.close()
  return /^y(es)?$/i.test(answer.trim())
}
