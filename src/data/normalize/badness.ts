/**
 * The heuristic of ftfy 6.3 (Robyn Speer, https://github.com/rspeer/python-ftfy, Apache License 2.0), translated to JavaScript:
 * sequences of characters that are very rare in text with the right encoding.
 */

/** Characters by their role in mojibake, as contents of character classes. */
const c = {
  common: '\u00a0\u00ad·´–—―…’',
  c1: '\u0080-\u009f',
  bad: '¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº',
  law: '¶§',
  currency: '¢£¥₧€',
  start_punctuation: '¡«¿©΄΅‘‚“„•‹\uf8ff',
  end_punctuation: '®»˝”›™',
  numeric: '²³¹±¼½¾×µ÷\u2044∂∆∏∑√∞∩∫≈≠≡≤≥№',
  kaomoji: 'Ò-ÖÙ-Üò-öø-üŐŌŪŲ°',
  upper_accented: 'À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ',
  lower_accented: 'ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ',
  upper_common: 'ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я',
  lower_common: 'α-ωάέήίΰа-џ',
  box: '│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓',
}

/** One regular expression for each sequence. */
const sequences = [
  `[${c.c1}]`,
  `[${c.bad}${c.lower_accented}${c.upper_accented}${c.box}${c.start_punctuation}${c.end_punctuation}${c.currency}${c.numeric}${c.law}][${c.bad}]`,
  `[a-zA-Z][${c.lower_common}${c.upper_common}][${c.bad}]`,
  `[${c.bad}][${c.lower_accented}${c.upper_accented}${c.box}${c.start_punctuation}${c.end_punctuation}${c.currency}${c.numeric}${c.law}]`,
  `[${c.lower_accented}${c.lower_common}${c.box}${c.end_punctuation}${c.currency}${c.numeric}][${c.upper_accented}]`,
  `[${c.box}${c.end_punctuation}${c.currency}${c.numeric}][${c.lower_accented}]`,
  `[${c.lower_accented}${c.box}${c.end_punctuation}][${c.currency}]`,
  `\\s[${c.upper_accented}][${c.currency}]`,
  `[${c.upper_accented}${c.box}][${c.numeric}${c.law}]`,
  `[${c.lower_accented}${c.upper_accented}${c.box}${c.currency}${c.end_punctuation}][${c.start_punctuation}][${c.numeric}]`,
  `[${c.lower_accented}${c.upper_accented}${c.currency}${c.numeric}${c.box}${c.law}][${c.end_punctuation}][${c.start_punctuation}]`,
  `[${c.currency}${c.numeric}${c.box}][${c.start_punctuation}]`,
  `[a-z][${c.upper_accented}][${c.start_punctuation}${c.currency}]`,
  `[${c.box}][${c.kaomoji}]`,
  `[${c.lower_accented}${c.upper_accented}${c.currency}${c.numeric}${c.start_punctuation}${c.end_punctuation}${c.law}][${c.box}]`,
  `[${c.box}][${c.end_punctuation}]`,
  `[${c.lower_accented}${c.upper_accented}][${c.start_punctuation}${c.end_punctuation}][\\p{L}\\p{N}_]`,
  // The ligature œ when no unaccented Latin letter follows.
  '[Œœ][^A-Za-z]',
  // Degree signs after capital letters.
  `[${c.upper_accented}]°`,
  // Usual pairs of Windows-1252.
  `[ÂÃÎÐ][€œŠš¢£Ÿž\\u00a0\\u00ad®©°·»${c.start_punctuation}${c.end_punctuation}–—´]`,
  '×[²³]',
  // Arabic in Windows-1252 needs common characters; to compensate, the sequence has four characters.
  `[ØÙ][${c.common}${c.currency}${c.bad}${c.numeric}${c.start_punctuation}ŸŠ®°µ»][ØÙ][${c.common}${c.currency}${c.bad}${c.numeric}${c.start_punctuation}ŸŠ®°µ»]`,
  // The beginnings of characters of some South Asian alphabets in Windows-1252.
  'à[²µ¹¼½¾]',
  // à, á and the no-break space in Windows-1252.
  'Ã[\\u00a0¡]',
  '[a-z]\\s?[ÃÂ][ ]',
  '^[ÃÂ][ ]',
  // Â before a character that it encodes as itself.
  `[a-z.,?!${c.end_punctuation}]Â[ ${c.start_punctuation}${c.end_punctuation}]`,
]

const bad = new RegExp(sequences.join('|'), 'u')

/** Whether a text has a sequence that looks like mojibake. */
export function isBad(text: string): boolean {
  return bad.test(text)
}
