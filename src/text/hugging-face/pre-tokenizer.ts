/** Reads the pre-tokenizer of a tokenizer.json, which changes and splits texts. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { literal } from '../added.ts'
import type { PreStep } from '../pieces/piecewise.ts'
import { digitPattern } from '../split/digits.ts'
import { gpt2Pattern } from '../split/gpt2.ts'
import type { SplitBehavior, SplitStep } from '../split/steps.ts'
import { wordInRust } from '../split/word.ts'
import type { Normalize } from '../tokenizer.ts'
import { patternText } from './pattern.ts'
import { boolean, damaged, one, show, stepsIn, unsupported } from './problem.ts'

/** A pre-tokenizer whose steps are in the order for which there is fast code: one change, splits, and then bytes. */
export interface PreTokenizer {
  /** Changes each text between added tokens before the split; `undefined` for no change. */
  readonly prepare: Normalize | undefined
  readonly split: readonly SplitStep[]
  /** Whether the pieces consist of bytes, not of characters. */
  readonly bytes: boolean
}

/** The pre-tokenizer of a file, as fast code and in general. */
export interface ReadPreTokenizer {
  /** `undefined` if the order of the steps allows no fast code. */
  readonly fast: PreTokenizer | undefined
  readonly steps: readonly PreStep[]
  /** Whether a step writes GPT-2's byte alphabet. */
  readonly bytes: boolean
}

const behaviors: Readonly<Record<string, SplitBehavior>> = {
  Isolated: 'isolated',
  Removed: 'removed',
  Contiguous: 'contiguous',
  MergedWithPrevious: 'merged_with_previous',
  MergedWithNext: 'merged_with_next',
}

/** Punctuation as in Hugging Face: that of Unicode, and all of ASCII. */
const punctuation = '[\\p{P}!-/:-@\\[-`{-~]'

/** White space as in Rust's `char::is_whitespace`. */
const whiteSpace = '\\s'

const splitBy = (pattern: string, behavior: SplitBehavior, invert = false): PreStep => ({
  type: 'split',
  split: { pattern, behavior, invert },
})

/** The steps of each type of pre-tokenizer, which `Sequence` combines. */
const types: Readonly<Record<string, (step: JsonObject) => readonly PreStep[]>> = {
  BertPreTokenizer: () => [splitBy(whiteSpace, 'removed'), splitBy(punctuation, 'isolated')],
  ByteLevel: (step) => [
    ...(boolean(step, 'add_prefix_space', false, 'pre_tokenizer')
      ? [{ type: 'change', change: blankBefore } as const]
      : []),
    ...(boolean(step, 'use_regex', true, 'pre_tokenizer') ? [splitBy(gpt2Pattern, 'isolated')] : []),
    { type: 'bytes' },
  ],
  CharDelimiterSplit: (step) => [splitBy(literal(one(step.delimiter, 'pre_tokenizer.delimiter')), 'removed')],
  Digits: (step) => [
    splitBy(boolean(step, 'individual_digits', false, 'pre_tokenizer') ? digitPattern : `${digitPattern}+`, 'isolated'),
  ],
  FixedLength(step) {
    const length = step.length ?? 5
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 1 || length > 100_000)
      throw damaged(`its pre_tokenizer.length is ${show(length)}, not a number of characters`)
    return [splitBy(`[\\s\\S]{1,${length}}`, 'isolated')]
  },
  Metaspace(step) {
    const mark = one(step.replacement, 'pre_tokenizer.replacement')
    return [
      { type: 'change', change: metaspace(step, mark) },
      ...(boolean(step, 'split', true, 'pre_tokenizer') ? [splitBy(literal(mark), 'merged_with_next')] : []),
    ]
  },
  Punctuation: (step) => [splitBy(punctuation, behaviorOf(step, 'Isolated'))],
  Split: (step) => [
    splitBy(
      patternText(step.pattern, 'pre_tokenizer.pattern'),
      behaviorOf(step, 'Removed'),
      boolean(step, 'invert', false, 'pre_tokenizer'),
    ),
  ],
  UnicodeScripts: () => [{ type: 'scripts' }],
  Whitespace: () => [splitBy(`[${wordInRust}]+|[^${wordInRust}\\s]+`, 'removed', true)],
  WhitespaceSplit: () => [splitBy(whiteSpace, 'removed')],
}

export function preTokenizerOf(json: Json | undefined): ReadPreTokenizer {
  const steps = stepsIn(json, 'pretokenizers', 'pre_tokenizer').flatMap((step) => {
    const type = typeof step.type === 'string' && Object.hasOwn(types, step.type) ? types[step.type] : undefined
    if (type === undefined) throw unsupported(`its pre-tokenizer has the step ${show(step)}`)
    return type(step)
  })
  return { fast: fastOf(steps), steps, bytes: steps.some(({ type }) => type === 'bytes') }
}

function fastOf(steps: readonly PreStep[]): PreTokenizer | undefined {
  const split: SplitStep[] = []
  let prepare: Normalize | undefined
  let bytes = false
  for (const step of steps) {
    if (bytes || step.type === 'scripts') return undefined
    if (step.type === 'bytes') bytes = true
    else if (step.type === 'split') split.push(step.split)
    else if (prepare === undefined && split.length === 0) prepare = step.change
    else return undefined
  }
  return { prepare, split, bytes }
}

const blankBefore: Normalize = (text, place) => (place === 'middle' || text.startsWith(' ') ? text : ` ${text}`)

/** Metaspace: replaces blanks by a mark, and puts one before a text. */
function metaspace(step: JsonObject, mark: string): Normalize {
  const scheme = step.prepend_scheme ?? (step.add_prefix_space === false ? 'never' : 'always')
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never')
    throw unsupported(`its pre-tokenizer has the step ${show(step)}`)
  return (text, place) => {
    const marked = text.replaceAll(' ', () => mark)
    const prepend = (scheme === 'always' && place !== 'middle') || (scheme === 'first' && place === 'start')
    return prepend && !marked.startsWith(mark) ? mark + marked : marked
  }
}

function behaviorOf(step: JsonObject, byDefault: string): SplitBehavior {
  const name = typeof step.behavior === 'string' ? step.behavior : byDefault
  const behavior = Object.hasOwn(behaviors, name) ? behaviors[name] : undefined
  if (behavior === undefined) throw unsupported(`its pre-tokenizer has the step ${show(step)}`)
  return behavior
}
