/** The options of commands that let a model write. */

import { plainSampling, type Sampling } from '../../train/generation/sampling.ts'
import { type Option, type Options, text } from '../command.ts'
import { Refusal } from './refusal.ts'

export interface Choices extends Sampling {
  readonly maxTokens: number
  readonly seed: number
}

interface Bounds {
  readonly field: keyof Choices
  readonly what: string
  readonly flags: string
  readonly usual: number
  readonly least: number
  readonly most?: number
  readonly whole?: true
}

/** By what people call them: `--top-k 20`, and `/set top-k 20` in a chat. */
export const choices: Readonly<Record<string, Bounds>> = {
  tokens: {
    field: 'maxTokens',
    flags: '-n, --tokens <n>',
    what: 'at most so many tokens; 200 where not given',
    usual: 200,
    least: 1,
    whole: true,
  },
  temperature: {
    field: 'temperature',
    flags: '-t, --temperature <t>',
    what: 'how daring: 0 takes the likeliest token always; 0.8 where not given',
    usual: 0.8,
    least: 0,
  },
  'top-k': {
    field: 'topK',
    flags: '--top-k <k>',
    what: 'only the k likeliest tokens; 50 where not given, 0 for all',
    usual: 50,
    least: 0,
    whole: true,
  },
  'top-p': {
    field: 'topP',
    flags: '--top-p <p>',
    what: 'only the likeliest that together have this probability; 1 where not given',
    usual: 1,
    least: 0,
    most: 1,
  },
  'min-p': {
    field: 'minP',
    flags: '--min-p <p>',
    what: 'only tokens so likely, as a share of the likeliest; 0 where not given',
    usual: 0,
    least: 0,
    most: 1,
  },
  'repetition-penalty': {
    field: 'repetitionPenalty',
    flags: '--repetition-penalty <x>',
    what: 'makes what is there already less likely; 1, which does nothing, where not given',
    usual: 1,
    least: 1,
  },
  seed: {
    field: 'seed',
    flags: '--seed <n>',
    what: 'the same seed gives the same text; 1 where not given',
    usual: 1,
    least: 0,
    whole: true,
  },
}

export const samplingOptions: readonly Option[] = Object.values(choices).map(({ flags, what }) => ({
  flags,
  description: what,
}))

/** The day that the chat template of a model writes as today. */
export const dateOption: Option = {
  flags: '--date <day>',
  description:
    'the day that the chat template calls today, 2026-01-31; that of its weights, or 2024-07-26, where not given',
}

/** The choices of a command line; a Refusal where one is out of bounds. */
export function choicesOf(options: Options): Choices {
  const chosen = Object.entries(choices).map(([name, { field, usual }]) => {
    const given = text(
      options,
      name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    )
    return [field, given === undefined ? usual : choiceOf(name, given, `--${name}`)]
  })
  return { ...plainSampling, ...Object.fromEntries(chosen) } as Choices
}

/** The value of one choice; a Refusal that names it as `shown` where it is out of bounds. */
export function choiceOf(name: string, given: string, shown: string): number {
  const { least, most, whole } = choices[name]!
  const value = Number(given)
  if (given.trim() !== '' && value >= least && value <= (most ?? Infinity) && (!whole || Number.isInteger(value)))
    return value
  const bounds = most === undefined ? `of ${least} or more` : `from ${least} to ${most}`
  throw new Refusal(`${shown} ${given} is not a ${whole ? 'whole ' : ''}number ${bounds}`)
}
