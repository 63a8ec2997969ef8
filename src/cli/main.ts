/** Runs a command line, and turns whatever happens into an exit code. */

import { failureOf, StageError } from '../core/failure.ts'
import { commands } from './commands.ts'
import { parserOf } from './parser.ts'
import { writeError } from './terminal/output.ts'
import { applyColorFlags } from './terminal/print.ts'
import { exit, Refusal, Refused } from './terminal/refusal.ts'

/** Runs a command line and returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  applyColorFlags(args)
  let code: number = exit.done
  // Making a parser for every command takes milliseconds. Only help and misspelt names need them all.
  const named = commands.filter(({ name }) => name === args[0])
  const parser = parserOf(named.length > 0 ? named : commands, async (command, words, given) => {
    code = await command.run(words, given, { commands })
  })
  try {
    if (args.length === 0) parser.outputHelp()
    else await parser.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return failed(await causeOf(error))
  }
}

/** The cause of an error. A damaged artefact can surface as any error, so the artefacts of this call are checked first. */
async function causeOf(error: unknown): Promise<unknown> {
  if (isParserError(error) || error instanceof Refusal || error instanceof Refused) return error
  const { damageFound } = await import('./artefact.ts')
  return (await damageFound()) ?? error
}

/** Prints an error and returns its exit code. */
function failed(error: unknown): number {
  if (isParserError(error)) return error.exitCode === 0 ? exit.done : exit.refused
  if (error instanceof Refused) return exit.refused
  if (error instanceof Refusal || error instanceof StageError) {
    writeError(`error: ${error.message}\n${error.help === undefined ? '' : `  help: ${error.help}\n`}`)
    return exit.refused
  }
  const { code, message, help, detail } = failureOf(error)
  if (code === 'bug') writeError(`error: this is a bug in llmpipe, please report it\n${detail ?? message}\n`)
  else writeError(`error: ${message}\n${help === undefined ? '' : `  help: ${help}\n`}`)
  return exit.failed
}

/** Whether an error comes from the parser, which has printed it. */
function isParserError(error: unknown): error is { readonly exitCode: number; readonly code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')
}
