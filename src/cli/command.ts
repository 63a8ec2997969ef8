/** What a command is: its own file says how it is called, what it does, and examples; the rest is made of that. */

import { engineNames } from '../engine/names.ts'

export interface Command {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** More, below the summary in its own help. */
  readonly details?: string
  readonly arguments?: readonly Argument[]
  readonly options?: readonly Option[]
  /** Whole command lines, each with what it is for. */
  readonly examples: readonly (readonly [line: string, what: string])[]
  /** Not for people: left out of help and completion. */
  readonly hidden?: true
  /** Gives the exit code. */
  run(args: readonly string[], options: Options): Promise<number>
}

export interface Argument {
  /** `<file>` is required, `[file]` is not, `[files...]` takes the rest. */
  readonly name: string
  readonly description: string
  /** What completion offers. */
  readonly completes?: 'programs' | 'stages' | 'codes' | 'kinds' | readonly string[]
}

export interface Option {
  /** `-p, --param <name=value>`. */
  readonly flags: string
  readonly description: string
  readonly choices?: readonly string[]
  /** Given several times, it is a list. */
  readonly repeated?: true
}

/** Options by their long name in camel case. */
export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** Options that several commands have in common. */
export const common = {
  param: {
    flags: '-p, --param <name=value>',
    description: 'set a param of the program; may be repeated',
    repeated: true,
  },
  store: { flags: '--store <dir>', description: 'the store, instead of .llmpipe beside the program' },
  engine: { flags: '--engine <name>', description: 'train with another engine', choices: engineNames },
  gpus: {
    flags: '--gpus <n>',
    description: 'how many GPUs may be used; all of CUDA_VISIBLE_DEVICES, else all the driver knows, where not given',
  },
  overwrite: {
    flags: '--overwrite',
    description: 'let exports replace files that this program did not export, or that were edited since',
  },
  json: { flags: '--json', description: 'print JSON' },
} as const satisfies Readonly<Record<string, Option>>

/** The options of every command that opens a program. */
export const programOptions: readonly Option[] = [common.param, common.engine, common.store]

/** The option's value where it is a text. */
export function text(options: Options, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may be repeated. */
export function list(options: Options, name: string): readonly string[] {
  const value = options[name]
  return Array.isArray(value) ? value : []
}
