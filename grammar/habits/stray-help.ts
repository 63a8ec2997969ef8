/** Recognizes characters that no token begins with. */

import { Stray } from './strays.ts'
import type { Recognizer } from './view.ts'

/** How German and Scandinavian letters are written without their marks; other letters simply lose theirs. */
const spelling: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', æ: 'ae', ø: 'oe', å: 'aa' }

/** A word in Latin letters; `undefined` if some letter has no Latin form. */
function inLatin(word: string): string | undefined {
  const spelled = [...word].map((letter) => {
    const lower = letter.toLowerCase()
    const latin = Object.hasOwn(spelling, lower) ? spelling[lower]! : letter.normalize('NFD').replace(/\p{M}/gu, '')
    return lower === letter ? latin : latin.replace(/^./, (first) => first.toUpperCase())
  })
  const latin = spelled.join('')
  return /^[A-Za-z_]\w*$/.test(latin) ? latin : undefined
}

/** Characters that look like a sign of the language or mean the same. */
const alike: Readonly<Record<string, string>> = {
  '–': '-',
  '—': '-',
  '−': '-',
  '×': '*',
  '·': '*',
  '÷': '/',
  '≤': '<=',
  '≥': '>=',
  '≠': '!=',
  '…': '..',
  '，': ',',
  '：': ':',
  '（': '(',
  '）': ')',
  '；': ',',
  '→': '|>',
  '⇒': '|>',
  '¬': 'not',
  '∧': 'and',
  '∨': 'or',
}

export const strayCharacter: Recognizer = (view, at) => {
  if (!view.is(at, Stray)) return undefined
  const written = view.image(at)
  const character = String.fromCodePoint(written.codePointAt(0) ?? 0)
  if (/[\p{L}\p{M}\p{N}]/u.test(written) && !/^[“„‘«`]/.test(written)) {
    const latin = inLatin(written)
    return view.found(
      'letters-of-a-name',
      latin === undefined ? 'Choose a name of Latin letters.' : `Write \`${latin}\`.`,
      at,
    )
  }
  if (/^[“”„«»]/.test(written))
    return view.found('other-quotes', 'Text stands between straight double quotes: `"…"`.', at)
  if (/^[‘’`]/.test(written))
    return view.found('other-quotes', 'Text stands between double quotes: `"…"`; a hole in it is `{name}`.', at)
  if (/^[\p{Cf}\p{Cc}\p{Zs}\u2028\u2029\u3164\u115f]/u.test(written)) {
    const code = (written.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return { ...view.found('invisible-character', 'Remove it: it came with a copied text.', at), written: `U+${code}` }
  }
  const meant = Object.hasOwn(alike, character) ? alike[character] : undefined
  if (meant !== undefined) return view.found('other-operator', `Write \`${meant}\`.`, at)
  const help = Object.hasOwn(others, character) ? others[character] : undefined
  return help === undefined ? undefined : view.found('other-operator', help, at)
}

const others: Readonly<Record<string, string>> = {
  ';': 'Remove it: nothing ends with a semicolon; settings are separated by commas or line breaks.',
  $: 'Write a name without `$`; in a text, write it between braces: `"{name}"`.',
  '@': 'There are no decorators and no such operator; an operation made of others is `op name(docs) = docs |> …`.',
  '\\': 'Remove it: a line is continued by a `|>` or an open bracket, without a sign.',
  '~': 'Write `not`.',
}
