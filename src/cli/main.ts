/** From the words of a command line to a command, and from whatever it does to an exit code. */

import { Command as Parser, Option as ParserOption } from 'commander'
import { failureOf, StageError } from '../core/failure.ts'
import type { Command, Options } from './command.ts'
import { commands } from './commands.ts'
import { version } from './package.ts'
import { write, writeError } from './terminal/output.ts'
import { applyColorFlags } from './terminal/print.ts'
import { exit, Refusal } from './terminal/refusal.ts'

/** Runs a command line; gives its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  applyColorFlags(args)
  let code: number = exit.done
  const start: Start = (command, given, options) => async () => {
    code = await command.run(given, options)
  }
  // The others are there for help and for names that are none.
  const named = commands.filter(({ name }) => name === args[0])
  const parser = parserOf(start, named.length > 0 ? named : commands)
  try {
    if (args.length === 0) parser.outputHelp()
    else await parser.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return failed(await causeOf(error))
  }
}

/** What an error comes from: an artefact that is damaged in its store looks like many things. */
async function causeOf(error: unknown): Promise<unknown> {
  if (isParserError(error) || error instanceof Refusal) return error
  const { damageFound } = await import('./artefact.ts')
  return (await damageFound()) ?? error
}

function failed(error: unknown): number {
  if (isParserError(error)) return error.exitCode === 0 ? exit.done : exit.refused
  if (error instanceof Refusal || error instanceof StageError) {
    writeError(`error: ${error.message}\n${error.help === undefined ? '' : `  help: ${error.help}\n`}`)
    return exit.refused
  }
  const { code, message, help, detail } = failureOf(error)
  if (code === 'bug') writeError(`error: this is a bug in llmpipe, please report it\n${detail ?? message}\n`)
  else writeError(`error: ${message}\n${help === undefined ? '' : `  help: ${help}\n`}`)
  return exit.failed
}

function isParserError(error: unknown): error is { readonly exitCode: number; readonly code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')
}

type Start = (command: Command, args: readonly string[], options: Options) => () => Promise<void>

/** The parser of commands. `start` is called with what a command line asks for. */
export function parserOf(start: Start, known: readonly Command[] = commands): Parser {
  const parser = new Parser('llmpipe')
  parser
    .description(
      'From raw text to a trained language model, as one file: llmpipe compiles it, runs it, and keeps what it made.',
    )
    .usage('<command> [arguments]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or the help of a command')
    .helpCommand(false)
    .option('--color', 'colours, though this is no terminal')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .exitOverride()
    // Its errors repeat words of the command line.
    .configureOutput({ writeOut: write, writeErr: writeError })
    .showHelpAfterError('(llmpipe --help lists the commands)')
    .addHelpText('after', examplesText(overview))
  for (const command of known) addCommand(parser, command, start)
  return parser
}

const overview: Command['examples'] = [
  ['llmpipe init my-model', 'a project to start from'],
  ['llmpipe check my-model/pipeline.llmpipe', 'errors, and what each training costs'],
  ['llmpipe run my-model/pipeline.llmpipe', 'run what is not cached'],
  ['llmpipe run my-model/pipeline.llmpipe -p steps=50', 'with another value of a param'],
  ['llmpipe generate my-model/pipeline.llmpipe base "Once"', 'let the model write'],
]

function addCommand(parser: Parser, command: Command, start: Start): void {
  const sub = parser
    .command(command.name, { hidden: command.hidden ?? false })
    .summary(command.summary)
    .description(
      command.details === undefined ? command.summary : `${command.summary}\n\n${inParagraphs(command.details)}`,
    )
    .helpOption('-h, --help', 'print this')
    .showHelpAfterError(`(llmpipe ${command.name} --help shows how it is called)`)
    .option('--color', 'colours, though this is no terminal')
    .option('--no-color', 'no colours')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: writeError })
    .addHelpText('after', examplesText(command.examples))
  for (const { name, description } of command.arguments ?? []) sub.argument(name, description)
  for (const { flags, description, choices, repeated } of command.options ?? []) {
    const option = new ParserOption(flags, description)
    if (choices) option.choices([...choices])
    if (repeated) option.argParser((value: string, before: readonly string[] = []) => [...before, value])
    sub.addOption(option)
  }
  sub.action(async () => {
    await start(command, sub.args, sub.opts())()
  })
}

function examplesText(examples: Command['examples']): string {
  if (examples.length === 0) return ''
  const wide = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, what]) => `  ${line.padEnd(wide)}  ${what}`.trimEnd())
  return `\nExamples:\n${lines.join('\n')}`
}

/** Details of a command for its help: a list, `size     what takes how much`, keeps its lines; other text flows. */
function inParagraphs(details: string): string {
  return /^\S+ {2,}/m.test(details) ? details.replace(/^/gm, '  ') : details.replace(/\s+/g, ' ')
}
