/** Reads the added tokens of a tokenizer.json. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { AddedToken } from '../added.ts'
import { asArray, asId, asObject, asText, damaged, show } from './problem.ts'

/** The tokens in `added_tokens`, in the order of their ids. */
export function addedTokens(json: Json | undefined): AddedToken[] {
  const tokens = asArray(json ?? [], 'added_tokens').map((entry) => {
    const token = asObject(entry, 'added_tokens')
    const content = asText(token.content, 'added_tokens[].content')
    if (content === '') throw damaged('an added token is the empty text')
    return {
      id: asId(token.id, `the added token ${show(content)}`),
      content,
      special: flag(token, 'special'),
      singleWord: flag(token, 'single_word'),
      lstrip: flag(token, 'lstrip'),
      rstrip: flag(token, 'rstrip'),
      normalized: flag(token, 'normalized'),
    }
  })
  const byId = new Map<number, string>()
  const byContent = new Map<string, number>()
  for (const { id, content } of tokens) {
    const other = byId.get(id)
    if (other !== undefined) throw damaged(`two added tokens have the id ${id}: ${show(other)} and ${show(content)}`)
    const before = byContent.get(content)
    if (before !== undefined) throw damaged(`the added token ${show(content)} has two ids, ${before} and ${id}`)
    byId.set(id, content)
    byContent.set(content, id)
  }
  return tokens.sort((a, b) => a.id - b.id)
}

function flag(token: JsonObject, name: string): boolean {
  const value = token[name] ?? false
  if (typeof value === 'boolean') return value
  throw damaged(`${name} of the added token ${show(token.content)} is ${show(value)}, not true or false`)
}
