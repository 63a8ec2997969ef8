/** Control characters that nobody means: what ftfy's remove_control_chars removes, and C1 controls, which by then are no mojibake. */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: they are what it is about

const controls = /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u206a-\u206f\ufeff\ufff9-\ufffc]/g

/**
 * Takes out control characters, byte order marks and annotation marks. What makes white space (tab, line ends, U+0085) stays, and
 * so do joiners and marks of direction, which change how letters look.
 */
export function removeControls(text: string): string {
  return text.replace(controls, '')
}
