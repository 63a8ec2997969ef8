/** The parser of command lines, made from a list of commands. */

import { Command as Parser, Option as ParserOption } from 'commander'
import type { Command } from './command.ts'
import { flagsInWords, type Given } from './option.ts'
import { version } from './package.ts'
import { programsHere } from './programs-here.ts'
import { write, writeError } from './terminal/output.ts'

/** Called with the command that a command line names, its arguments and its options. */
export type Start = (command: Command, args: readonly string[], given: Readonly<Record<string, Given>>) => Promise<void>

export function parserOf(commands: readonly Command[], start: Start = async () => {}): Parser {
  const parser = new Parser('llmpipe')
  configure(parser, overview)
    .description(
      'From raw text to a trained language model, as one file: llmpipe compiles it, runs it, and keeps what it made.',
    )
    .usage('<command> [arguments]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or the help of a command')
    .helpCommand(false)
    .showHelpAfterError('(llmpipe --help lists the commands)')
  for (const command of commands) addCommand(parser, command, start)
  return parser
}

const overview: Command['examples'] = [
  ['llmpipe init my-model', 'a project to start from'],
  ['llmpipe check my-model/pipeline.llmpipe', 'errors, and what each training costs'],
  ['llmpipe run my-model/pipeline.llmpipe', 'run what is not cached'],
  ['llmpipe run my-model/pipeline.llmpipe -p steps=50', 'with another value of a param'],
  ['llmpipe generate my-model/pipeline.llmpipe base "Once"', 'let the model write'],
]

/** The parts that the parser of llmpipe and those of its commands have in common. */
function configure(parser: Parser, examples: Command['examples']): Parser {
  return (
    parser
      .option('--color', 'use color even when stdout is not a terminal')
      .option('--no-color', 'use no color (NO_COLOR does the same)')
      .exitOverride()
      // Errors repeat words of the command line, so they are sanitized like any other text.
      .configureOutput({ writeOut: write, writeErr: writeError })
      .addHelpText('after', examplesText(examples))
  )
}

function addCommand(parent: Parser, command: Command, start: Start): void {
  const { name, summary, details, hidden = false } = command
  const parser = parent.command(name, { hidden })
  const path = parent.parent === null ? name : `${parent.name()} ${name}`
  const [first] = command.arguments ?? []
  const withoutProgram =
    first?.completes === 'programs' ? `missing required argument '${first.name.replace(/[<>.]/g, '')}'` : undefined
  configure(parser, command.examples)
    .configureOutput({
      outputError(text, write) {
        write(text)
        if (withoutProgram !== undefined && text.includes(withoutProgram)) write(programsHere(path))
      },
    })
    .summary(summary)
    .description(details === undefined ? summary : `${summary}\n\n${details.replace(/\s+/g, ' ')}`)
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .showHelpAfterError(`(llmpipe ${path} --help shows how it is called)`)
  for (const argument of command.arguments ?? []) parser.argument(argument.name, argument.description)
  for (const [key, option] of Object.entries(command.options)) {
    const parsed = new ParserOption(flagsInWords(key, option), option.description)
    if (option.choices) parsed.choices([...option.choices])
    if (option.isRepeated) parsed.argParser((value: string, before: readonly string[] = []) => [...before, value])
    parser.addOption(parsed)
  }
  for (const below of command.commands) addCommand(parser, below, start)
  if (command.commands.length === 0) parser.action(() => start(command, parser.args, parser.opts()))
}

function examplesText(examples: Command['examples']): string {
  if (examples.length === 0) return ''
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, purpose]) => `  ${line.padEnd(width)}  ${purpose}`.trimEnd())
  return `\nExamples:\n${lines.join('\n')}`
}
