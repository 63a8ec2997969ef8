/**
 * Options of commands. An option stands in a table under its name (`keepGoing`), and its flag is that name with hyphens
 * (`--keep-going`). What `run` of the command receives has the type that the option reads: a misspelt name does not compile.
 */

import { Refusal } from './terminal/refusal.ts'

/** An option as the parser found it: `true` for a flag, a text, a list of texts, or `undefined` if it was not given. */
export type Given = true | string | readonly string[] | undefined

export interface Option<Value> {
  readonly description: string
  /** The letter of its short form: `p` for `-p`. */
  readonly short?: string
  /** Stands for the value in the help: `dir` in `--store <dir>`. A flag takes no value and has none. */
  readonly placeholder?: string
  /** The values that the parser accepts. Any, if absent. */
  readonly choices?: readonly string[]
  /** Values that a shell completes, of an option that takes others too. */
  readonly suggested?: readonly string[]
  /** Whether the option may be given several times. */
  readonly isRepeated?: true
  /** Turns the given option into its value. Throws a Refusal if that is not possible; `flag` is how the option was written. */
  read(given: Given, flag: string): Value
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>

/** The values of a table of options. */
export type Values<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never
}

/** An option without a value: `true` if it was given. */
export function flag(description: string, short?: string): Option<boolean> {
  return { description, ...letter(short), read: (given) => given === true }
}

/** An option with any text as its value. */
export function text(placeholder: string, description: string, short?: string): Option<string | undefined> {
  return { placeholder, description, ...letter(short), read: textOf }
}

/** An option with one of a few values. */
export function choice<const Choice extends string>(
  placeholder: string,
  choices: readonly Choice[],
  description: string,
  short?: string,
): Option<Choice | undefined> {
  // The parser has refused every other value.
  return {
    placeholder,
    description,
    choices,
    ...letter(short),
    read: (given) => choices.find((each) => each === given),
  }
}

/** An option that may be given several times; its values in order, an empty list if it was not given. */
export function list(placeholder: string, description: string, short?: string): Option<readonly string[]> {
  return { placeholder, description, isRepeated: true, ...letter(short), read: listOf }
}

/** An option whose value is a whole number of some things: `stages`, at least `min`. */
export function wholeNumber(
  things: string,
  min: number,
  description: string,
  short?: string,
): Option<number | undefined> {
  return {
    placeholder: 'n',
    description,
    ...letter(short),
    read(given, shown) {
      const typed = textOf(given)
      if (typed === undefined) return undefined
      const number = typed.trim() === '' ? Number.NaN : Number(typed)
      if (Number.isInteger(number) && number >= min) return number
      throw new Refusal(`${shown} ${typed} is not a number of ${things}`, `Give ${min} or more.`)
    },
  }
}

export function textOf(given: Given): string | undefined {
  return typeof given === 'string' ? given : undefined
}

export function listOf(given: Given): readonly string[] {
  return typeof given === 'object' ? given : []
}

function letter(short: string | undefined): { readonly short?: string } {
  return short === undefined ? {} : { short }
}

/** The long flag of an option: `--keep-going` for `keepGoing`. */
export function longFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`
}

/** How an option is written in the help: `-p, --param <name=value>`. */
export function flagsInWords(name: string, { short, placeholder }: Option<unknown>): string {
  const flags = short === undefined ? longFlag(name) : `-${short}, ${longFlag(name)}`
  return placeholder === undefined ? flags : `${flags} <${placeholder}>`
}

/** The values of all options of a table from what the parser found. Throws a Refusal for a value that is not possible. */
export function readOptions<Table extends OptionTable>(
  table: Table,
  given: Readonly<Record<string, Given>>,
): Values<Table> {
  const values = Object.entries(table).map(([name, option]) => [name, option.read(given[name], longFlag(name))])
  // Object.entries forgets which name has which type.
  return Object.fromEntries(values) as Values<Table>
}
