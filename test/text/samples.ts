/** Text of many kinds, for comparing tokenizers, and arbitrary Unicode text for properties. */

import fc from 'fast-check'

export const samples: Readonly<Record<string, string>> = {
  prose:
    'Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, I thought I’d sail.',
  contractions: "I'll say it's what they've said: we're, you'd, I'm, can't. IT'S WE'RE THEY'VE I'LL 'tis ''s ''' '",
  code: 'for (let i = 0; i < 10; i++) {\n\tif (a[i] !== b[i]) return `x$i`\r\n    }\n\n\n  // done\n#include <stdio.h>\nint main(void) { return 0x1F; }',
  numbers: '3.14159 1234567890 12 345 6789 ½ ² ٣٤٥ Ⅷ 1,000,000 v2.0.1-rc.3',
  languages:
    'Größe, naïve, Ærøskøbing. Привет, мир! Γειά σου Κόσμε. שלום עולם. مرحبا بالعالم. नमस्ते दुनिया। สวัสดีชาวโลก 你好，世界！ こんにちは世界。 안녕하세요 세계 ǅ ʰ ﬁ',
  emoji: '👍 👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 n\u0303 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🇩🇪🇫🇷 ☕️',
  spaces: 'a  b   c    d\t\te \n f\n\n\ng \r\n\r\n h \u00a0\u00a0i\u3000j\u2003 \u2028k\u2029l  \n  ',
  trailing: 'ends in blanks   ',
  lines: '\n\n\n\n  \n x\n',
  punctuation: '!!! ??? ... --- === *** ((([[[{{{ }}}]]])))\n\n; "quoted", \'single\' <tag attr="v"/> & @ # $ % ^',
  repeats: `${'a'.repeat(300)} ${'ab'.repeat(200)} ${' '.repeat(100)}x${'='.repeat(120)}${'haha'.repeat(60)}`,
  control: '\u0000\u0001\u001f\u007f\u0080\u009f\ufffd\ufffe',
  special: 'text <|endoftext|> more <|im_start|>user<|fim_prefix|>',
  empty: '',
}

/** Pieces that make the patterns' branches meet. */
const edges = fc.constantFrom(
  ..."'sStTrReEvVmMlLdD 0 9x\n\r\t\u00a0é中½!.",
  "'ll",
  "'RE",
  ' ',
  '  ',
  '\r\n',
  '\u2028',
  '👍',
  '\u0301',
)

/** Any Unicode text (well-formed), with much of what the patterns tell apart. */
export const anyText = fc
  .array(fc.oneof({ weight: 3, arbitrary: edges }, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 60 })
  .map((pieces) => pieces.join(''))

/** U+0085 is white space and U+FEFF is not, but JavaScript's `\s` has it the other way round: so do tokenizers that use it. */
export const withoutDisputedSpaces = (text: string): string => text.replace(/[\u0085\ufeff]/g, '')

/** A corpus with enough repetition to train on. */
export const corpus: readonly string[] = Array.from({ length: 40 }, (_, i) =>
  Object.values(samples)
    .map((text, j) => [...text].slice((i * 7 + j) % 50).join(''))
    .join('\n'),
)
