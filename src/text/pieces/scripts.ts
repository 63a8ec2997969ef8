/** Cuts a text where the script changes, as SentencePiece does. Hiragana and Katakana belong to Han; a blank belongs to any script. */

import { removed } from '../split/steps.ts'

/** The scripts of Unicode 9, which SentencePiece knows. */
const names = (
  'Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille ' +
  'Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Common Coptic Cuneiform Cypriot Cyrillic Deseret ' +
  'Devanagari Duployan Egyptian_Hieroglyphs Elbasan Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul ' +
  'Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada ' +
  'Katakana Kayah_Li Kharoshthi Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Malayalam ' +
  'Mandaic Manichaean Marchen Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar ' +
  'Nabataean New_Tai_Lue Newa Nko Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_South_Arabian ' +
  'Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan ' +
  'Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sora_Sompeng Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham ' +
  'Tai_Viet Takri Tamil Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Ugaritic Vai Warang_Citi Yi'
).split(' ')

let patterns: readonly (readonly [name: string, pattern: RegExp])[] | undefined
const known = new Map<string, string>()

/** The script of a character; `Any` for a blank and for characters without a script. */
function scriptOf(character: string): string {
  const cached = known.get(character)
  if (cached !== undefined) return cached
  // The scripts are compiled at their first use: few tokenizers need them.
  patterns ??= names.map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'u')])
  const name = character === ' ' ? 'Any' : (patterns.find(([, pattern]) => pattern.test(character))?.[0] ?? 'Any')
  const script = character === 'ー' || name === 'Hiragana' || name === 'Katakana' ? 'Han' : name
  known.set(character, script)
  return script
}

/** The ends of the pieces of a text, in UTF-16 units. Blanks at the start of the text are removed. */
export function scriptEnds(text: string): number[] {
  const ends: number[] = []
  let last: string | undefined
  let at = 0
  for (const character of text) {
    const script = scriptOf(character)
    if (script !== 'Any') {
      if (last !== script && at > 0) ends.push(last === undefined ? at + removed : at)
      last = script
    }
    at += character.length
  }
  ends.push(last === undefined ? at + removed : at)
  return ends
}
