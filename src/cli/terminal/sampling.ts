/** How a model chooses its tokens: options of the commands that let a model write, and `/set` in a chat. */

import { plainSampling, type Sampling } from '../../train/generation/sampling.ts'
import { longFlag, type Option, text, textOf, type Values } from '../option.ts'
import { Refusal } from './refusal.ts'

export interface Choices extends Sampling {
  readonly maxTokens: number
  readonly seed: number
}

interface Bounds {
  readonly field: keyof Choices
  readonly description: string
  readonly short?: string
  readonly placeholder: string
  readonly defaultValue: number
  readonly min: number
  readonly max?: number
  readonly isWhole?: true
}

export type ChoiceName = 'tokens' | 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty' | 'seed'

export const choices: Readonly<Record<ChoiceName, Bounds>> = {
  tokens: {
    field: 'maxTokens',
    short: 'n',
    placeholder: 'n',
    description: 'write at most this many tokens; 200 if not given',
    defaultValue: 200,
    min: 1,
    isWhole: true,
  },
  temperature: {
    field: 'temperature',
    short: 't',
    placeholder: 't',
    description: 'how random the choice is: 0 always takes the most likely token; 0.8 if not given',
    defaultValue: 0.8,
    min: 0,
  },
  topK: {
    field: 'topK',
    placeholder: 'k',
    description: 'choose among the k most likely tokens, 0 for all; 50 if not given',
    defaultValue: 50,
    min: 0,
    isWhole: true,
  },
  topP: {
    field: 'topP',
    placeholder: 'p',
    description: 'choose among the most likely tokens that together have this probability; 1 if not given',
    defaultValue: 1,
    min: 0,
    max: 1,
  },
  minP: {
    field: 'minP',
    placeholder: 'p',
    description:
      'choose among tokens whose probability is at least this fraction of that of the most likely token; 0 if not given',
    defaultValue: 0,
    min: 0,
    max: 1,
  },
  repetitionPenalty: {
    field: 'repetitionPenalty',
    placeholder: 'x',
    description: 'make tokens that occurred before less likely; 1, which changes nothing, if not given',
    defaultValue: 1,
    min: 1,
  },
  seed: {
    field: 'seed',
    placeholder: 'n',
    description: 'the same seed gives the same text; 1 if not given',
    defaultValue: 1,
    min: 0,
    isWhole: true,
  },
}

export const choiceNames = Object.keys(choices) as ChoiceName[]

function optionOf(name: ChoiceName): Option<number> {
  const { description, short, placeholder, defaultValue } = choices[name]
  return {
    description,
    placeholder,
    ...(short === undefined ? {} : { short }),
    read(given, flag) {
      const typed = textOf(given)
      return typed === undefined ? defaultValue : choiceOf(name, typed, flag)
    },
  }
}

export const samplingOptions = Object.fromEntries(choiceNames.map((name) => [name, optionOf(name)])) as {
  readonly [Name in ChoiceName]: Option<number>
}

export const dateOption = text(
  'day',
  'the day that a chat template writes as today, such as 2026-01-31; that of the weights, or 2024-07-26, if not given',
)

/** The choices that the options of a command make. */
export function choicesOf(options: Values<typeof samplingOptions>): Choices {
  const fields = choiceNames.map((name) => [choices[name].field, options[name]])
  return { ...plainSampling, ...Object.fromEntries(fields) } as Choices
}

/** The name of a choice as one types it: `top-k`. */
export function typedName(name: ChoiceName): string {
  return longFlag(name).slice(2)
}

/** The choice that is typed as `typed`; `undefined` if there is none. */
export function choiceNamed(typed: string): ChoiceName | undefined {
  return choiceNames.find((name) => typedName(name) === typed)
}

/** The value of a choice. Throws a Refusal, which calls the choice `shown`, for a value that is out of bounds. */
export function choiceOf(name: ChoiceName, typed: string, shown: string): number {
  const { min, max, isWhole } = choices[name]
  const value = Number(typed)
  const isInside = value >= min && value <= (max ?? Number.POSITIVE_INFINITY)
  if (typed.trim() !== '' && isInside && (!isWhole || Number.isInteger(value))) return value
  const bounds = max === undefined ? `of ${min} or more` : `from ${min} to ${max}`
  throw new Refusal(`${shown} ${typed} is not a ${isWhole ? 'whole ' : ''}number ${bounds}`)
}
