/** Reads the post-processor of a tokenizer.json: the ids around every text. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { Wrap } from '../tokenizer.ts'
import { asArray, asId, asObject, damaged, show, stepsIn, unsupported } from './problem.ts'

/** The ids that a post-processor puts before and after a single text. */
export function wrapOf(json: Json | undefined): Wrap {
  let wrap: Wrap = { before: [], after: [] }
  for (const step of stepsIn(json, 'processors', 'post_processor')) {
    const { type } = step
    if (type === 'ByteLevel') continue
    const inner =
      type === 'TemplateProcessing'
        ? templateWrap(step)
        : type === 'BertProcessing' || type === 'RobertaProcessing'
          ? { before: [pairId(step, 'cls')], after: [pairId(step, 'sep')] }
          : undefined
    if (inner === undefined) throw unsupported(`its post-processor has the step ${show(step)}`)
    wrap = { before: [...inner.before, ...wrap.before], after: [...wrap.after, ...inner.after] }
  }
  return wrap
}

function templateWrap(step: JsonObject): Wrap {
  const known = asObject(step.special_tokens ?? {}, 'post_processor.special_tokens')
  const before: number[] = []
  const after: number[] = []
  let texts = 0
  for (const part of asArray(step.single, 'post_processor.single')) {
    const { SpecialToken: token, Sequence: sequence } = asObject(part, 'post_processor.single')
    if (sequence !== undefined) {
      texts++
      continue
    }
    const name = asObject(token, 'post_processor.single').id
    const entry = typeof name === 'string' && Object.hasOwn(known, name) ? known[name] : undefined
    if (entry === undefined) throw damaged(`its post-processor names the token ${show(name)} without its ids`)
    const ids = asArray(asObject(entry, 'post_processor.special_tokens').ids, 'post_processor.special_tokens[].ids')
    for (const id of ids) (texts === 0 ? before : after).push(asId(id, `the token ${show(name)} of the post-processor`))
  }
  if (texts !== 1) throw damaged('its post-processor does not put one text between its tokens')
  return { before, after }
}

function pairId(step: JsonObject, name: 'cls' | 'sep'): number {
  return asId(asArray(step[name], `post_processor.${name}`)[1], `the token ${name} of the post-processor`)
}
