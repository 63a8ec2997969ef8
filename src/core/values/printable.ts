/** Foreign text on a terminal: shown as text, without acting on the terminal. */

/**
 * Characters that act on a terminal instead of being seen: the C0 and C1 controls (ESC among them) and DEL; the bidirectional
 * controls, which show a text in another order than it has; the separators of lines and paragraphs.
 */
export const acting = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Invisible characters: the word joiner and similar ones, the byte-order mark, the space of no width, tags. */
const invisible = /[\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

export interface Keep {
  /** Characters that stay as they are: `'\n'`, `'\t'`, `'\n\t'`. None by default. */
  readonly keep?: string
  /** Whether invisible characters are escaped too, as source code needs. Not by default. */
  readonly all?: boolean
}

/**
 * `text` for a terminal or a log: each character that would move the cursor, change colors, hide or reorder what is shown is
 * written as the escape `\u{1b}`. A text without such characters comes back as it is. Everything that llmpipe prints and did not
 * write itself goes through here: file names, documents, commands, messages of other programs, what a model writes.
 */
export function sanitize(text: string, { keep = '', all = false }: Keep = {}): string {
  const shown = text.replace(acting, (character) => (keep.includes(character) ? character : escapeOf(character)))
  return all ? shown.replace(invisible, escapeOf) : shown
}

/** `\u{1b}`, the way the language itself writes a character by its number. */
export function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
