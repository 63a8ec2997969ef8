/**
 * Shields the text of people from being read as special tokens: a document that spells out `<|im_end|>` must not end a
 * turn. The first character of each special token in a message is replaced before rendering by a private one that occurs
 * nowhere else, and set back when the text is encoded.
 */

import type { Message } from '../../core/conversation.ts'

export interface Shielded {
  readonly messages: readonly Message[]
  /** The rendered text with all characters as they were. */
  unshield(text: string): string
}

/** Supplementary private use area A: characters that mean nothing to anybody else. */
const firstPrivate = 0xf0000
const lastPrivate = 0xffffd

/** Shields messages from these special tokens; without any in them they stay as they are. */
export function shield(messages: readonly Message[], special: Iterable<string>): Shielded {
  const tokens = [...special].filter((token) =>
    messages.some(({ role, content }) => `${role}\n${content}`.includes(token)),
  )
  if (tokens.length === 0) return { messages, unshield: (text) => text }
  const all = messages.map(({ role, content }) => `${role}\n${content}`).join('\n')
  const stand = new Map<string, string>()
  const original = new Map<string, string>()
  let next = firstPrivate
  for (const token of tokens) {
    const first = String.fromCodePoint(token.codePointAt(0)!)
    if (stand.has(first)) continue
    while (next < lastPrivate && all.includes(String.fromCodePoint(next))) next++
    const replacement = String.fromCodePoint(next++)
    stand.set(first, replacement)
    original.set(replacement, first)
  }
  const cover = (text: string): string => {
    let covered = ''
    for (let at = 0; at < text.length; ) {
      const first = String.fromCodePoint(text.codePointAt(at)!)
      // Every place where one begins, those inside another too.
      const begins = tokens.some((token) => text.startsWith(token, at))
      covered += begins ? stand.get(first) : first
      at += first.length
    }
    return covered
  }
  return {
    messages: messages.map(({ role, content }) => ({ role: cover(role), content: cover(content) })),
    unshield: (text) => text.replace(/[\u{f0000}-\u{ffffd}]/gu, (character) => original.get(character) ?? character),
  }
}
