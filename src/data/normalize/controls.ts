/** Removes control characters that carry no meaning: those of ftfy's remove_control_chars, and the C1 controls that mojibake repair left. */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: this file removes them

const controls = /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u206a-\u206f\ufeff\ufff9-\ufffc]/g

/**
 * Removes control characters, byte order marks and annotation marks. White space (tab, line ends, U+0085) stays, and so do joiners and
 * direction marks, which change the look of letters.
 */
export function removeControls(text: string): string {
  return text.replace(controls, '')
}
