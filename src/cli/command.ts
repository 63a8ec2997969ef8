/** Commands. The file of a command says how it is called and what it does; parser, help and completion are made from that. */

import { type Given, type OptionTable, readOptions, type Values } from './option.ts'

interface CommandWords {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** Printed below the summary in the help of the command. */
  readonly details?: string
  readonly arguments?: readonly Argument[]
  /** Whole command lines, each with its purpose. */
  readonly examples: readonly (readonly [line: string, purpose: string])[]
  /** Left out of help and completion: only other processes of llmpipe call it. */
  readonly hidden?: true
}

export interface Command extends CommandWords {
  readonly options: OptionTable
  /** The commands below this one, `gc` of `cache`. A command that has some does nothing by itself. */
  readonly commands: readonly Command[]
  /** Runs the command and returns its exit code. `given` are the options that the parser found. */
  run(args: readonly string[], given: Readonly<Record<string, Given>>, context: CommandContext): Promise<number>
}

/** The command line around a command. */
export interface CommandContext {
  /** All commands, in the order of the help. */
  readonly commands: readonly Command[]
}

export interface Argument {
  /** `<file>` is required, `[file]` is optional, `[files...]` takes the rest. */
  readonly name: string
  readonly description: string
  /** The words that completion offers. */
  readonly completes?: 'programs' | 'stages' | 'runs' | 'codes' | 'kinds' | readonly string[]
}

interface CommandDefinition<Table extends OptionTable> extends CommandWords {
  readonly options?: Table
  /** Returns the exit code. `options` has the values of the options of this command, each with its type. */
  run(args: readonly string[], options: Values<Table>, context: CommandContext): Promise<number>
}

export function defineCommand<const Table extends OptionTable = Readonly<Record<never, never>>>(
  definition: CommandDefinition<Table>,
): Command {
  const { options, run, ...words } = definition
  return {
    ...words,
    options: options ?? {},
    commands: [],
    // Without options the table is empty, as its type says then.
    run: (args, given, context) => run(args, readOptions(options ?? ({} as Table), given), context),
  }
}

/** A command that only has other commands below it. */
export function defineGroup(words: CommandWords, commands: readonly Command[]): Command {
  return {
    ...words,
    options: {},
    commands,
    run: () => Promise.reject(new Error(`${words.name} is a group of commands`)),
  }
}
