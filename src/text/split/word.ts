/** Word characters (`\w`) as in Oniguruma, which Hugging Face's `tokenizers` uses. */

/** `\w` inside of brackets, as the contents of a class. */
export const wordInClass = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}'

/** `\w` outside of brackets, where Oniguruma also accepts these six numbers of Latin-1. */
export const wordAlone = `${wordInClass}\\u00b2\\u00b3\\u00b9\\u00bc\\u00bd\\u00be`

/** `\w` of Rust's `regex`, which Hugging Face's `tokenizers` uses for `Whitespace` and for whole words, as the contents of a class. */
export const wordInRust = `${wordInClass}\\p{Join_Control}`

const word = new RegExp(`[${wordInRust}]`, 'u')

/** Whether a word character begins at `at`, or ends there (`before`). `false` outside of the text. */
export function wordCharacter(text: string, at: number, before: boolean): boolean {
  if (at < 0 || at >= text.length) return false
  const unit = text.charCodeAt(at)
  const start = before && unit >= 0xdc00 && unit < 0xe000 && at > 0 ? at - 1 : at
  return word.test(String.fromCodePoint(text.codePointAt(start)!))
}
