/** Reads the pre-tokenizer of a tokenizer.json, which prepares and splits texts. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { literal } from '../added.ts'
import { digitPattern } from '../split/digits.ts'
import { gpt2Pattern } from '../split/gpt2.ts'
import { isolated, type SplitBehavior, type SplitStep } from '../split/steps.ts'
import type { Normalize } from '../tokenizer.ts'
import { asObject, asText, show, stepsIn, unsupported } from './problem.ts'

export interface PreTokenizer {
  /** Changes each text between added tokens before the split; `undefined` for no change. */
  readonly prepare: Normalize | undefined
  readonly split: readonly SplitStep[]
  /** Whether the pieces consist of bytes, not of characters. */
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

export function preTokenizerOf(json: Json | undefined): PreTokenizer {
  const split: SplitStep[] = []
  let prepare: PreTokenizer['prepare']
  let bytes = false
  for (const step of stepsIn(json, 'pretokenizers', 'pre_tokenizer')) {
    if (bytes) throw unsupported(`its pre-tokenizer has the step ${show(step)} after ByteLevel`)
    switch (step.type) {
      case 'ByteLevel':
        bytes = true
        if (step.add_prefix_space === true) prepare = only(prepare, split, step, blankBefore)
        if (step.use_regex !== false) split.push(isolated(gpt2Pattern))
        break
      case 'Metaspace':
        prepare = only(prepare, split, step, metaspace(step))
        if (step.split !== false) split.push({ ...isolated(literal(markOf(step))), behavior: 'merged_with_next' })
        break
      case 'Split':
        split.push({
          pattern: patternText(step),
          behavior: behaviorOf(step, 'Removed'),
          invert: step.invert === true,
        })
        break
      case 'Digits':
        split.push(isolated(step.individual_digits === true ? digitPattern : `${digitPattern}+`))
        break
      case 'Punctuation':
        split.push({ pattern: punctuation, behavior: behaviorOf(step, 'Isolated'), invert: false })
        break
      case 'Whitespace':
        split.push({ pattern: '\\w+|[^\\w\\s]+', behavior: 'removed', invert: true })
        break
      case 'WhitespaceSplit':
        split.push({ pattern: '\\s', behavior: 'removed', invert: false })
        break
      default:
        throw unsupported(`its pre-tokenizer has the step ${show(step)}`)
    }
  }
  return { prepare, split, bytes }
}

/** Combines changes of the text, which are possible only before all splits. */
function only(
  before: Normalize | undefined,
  split: readonly SplitStep[],
  step: JsonObject,
  prepare: Normalize,
): Normalize {
  if (before !== undefined || split.length > 0)
    throw unsupported(`its pre-tokenizer changes text after a split: ${show(step)}`)
  return prepare
}

const blankBefore: Normalize = (text, place) => (place === 'middle' || text.startsWith(' ') ? text : ` ${text}`)

function markOf(step: JsonObject): string {
  return asText(step.replacement, 'pre_tokenizer.replacement')
}

/** Metaspace: replaces blanks by a mark, and puts one before a text. */
function metaspace(step: JsonObject): Normalize {
  const mark = markOf(step)
  const scheme = step.prepend_scheme ?? (step.add_prefix_space === false ? 'never' : 'always')
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never')
    throw unsupported(`its pre-tokenizer has the step ${show(step)}`)
  return (text, place) => {
    const marked = text.replaceAll(' ', () => mark)
    const prepend = (scheme === 'always' && place !== 'middle') || (scheme === 'first' && place === 'start')
    return prepend && !marked.startsWith(mark) ? mark + marked : marked
  }
}

function patternText(step: JsonObject): string {
  const { String: text, Regex: regex } = asObject(step.pattern, 'pre_tokenizer.pattern')
  return text === undefined ? asText(regex, 'pre_tokenizer.pattern') : literal(asText(text, 'pre_tokenizer.pattern'))
}

function behaviorOf(step: JsonObject, byDefault: string): SplitBehavior {
  const name = typeof step.behavior === 'string' ? step.behavior : byDefault
  const behavior = Object.hasOwn(behaviors, name) ? behaviors[name] : undefined
  if (behavior === undefined) throw unsupported(`its pre-tokenizer has the step ${show(step)}`)
  return behavior
}
