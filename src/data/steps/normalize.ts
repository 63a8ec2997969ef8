/** The step `normalize`: writes texts that look the same in the same way. */

import type { Document } from '../document.ts'
import type { Note } from '../ledger.ts'
import { removeControls } from '../normalize/controls.ts'
import { repairMojibake } from '../normalize/mojibake.ts'
import { tidyWhiteSpace, type WhiteSpace } from '../normalize/white-space.ts'
import type { StepMaker } from './step.ts'

interface NormalizeParams {
  readonly unicode: 'nfc' | 'nfkc' | 'keep'
  readonly white_space: WhiteSpace
  readonly control_characters: boolean
  readonly mojibake: boolean
}

/** Whether a text is ASCII, which needs no repair and no composition. */
const isPlain = (text: string) => !/[^\0-\x7f]/.test(text)

export const normalize: StepMaker = (params, book) => {
  const { unicode, white_space, control_characters, mojibake } = params as unknown as NormalizeParams
  const form = unicode === 'keep' ? undefined : unicode === 'nfc' ? 'NFC' : 'NFKC'
  const note: Note = ({ counts }) =>
    Object.entries(counts)
      .flatMap(([what, documents]) => (documents > 0 ? [`${what} ${documents}`] : []))
      .join(', ')
  const change = book.step('normalize', note, ['mojibake', 'unicode', 'control characters', 'white space'])
  return (document: Document) => {
    const before = document.text
    let text = before
    const step = (what: string, after: string) => {
      if (after === text) return
      change.count(what)
      text = after
    }
    const plain = isPlain(before)
    if (mojibake && !plain) step('mojibake', repairMojibake(text))
    if (form !== undefined && !plain) step('unicode', text.normalize(form))
    if (control_characters) step('control characters', removeControls(text))
    if (white_space !== 'keep') step('white space', tidyWhiteSpace(text, white_space))
    if (text !== before) {
      change.documents++
      document.replaceText(text)
    }
    return true
  }
}
