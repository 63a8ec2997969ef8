/** A failure as lines: code, message and help, each over as many lines as its text has. */

import type { StageFailure } from '../core/event.ts'
import { type Line, seg, type Tone } from './line.ts'

/** `error[code]: message`. Further lines of the message stand under it. */
export function messageLines({ code, message }: StageFailure, tone?: Tone): Line[] {
  return textUnder([seg(`error[${code}]: `, 'bad')], '  ', message, tone)
}

/** `  = help: …`; no lines if the failure has no help. */
export function helpLines({ help }: StageFailure): Line[] {
  const lead = '  = help: '
  return help === undefined ? [] : textUnder([seg(lead, 'accent')], ' '.repeat(lead.length), help)
}

/** `text` after `lead`, its further lines after `indent`. */
export function textUnder(lead: Line, indent: string, text: string, tone?: Tone): Line[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((each, i) => [...(i === 0 ? lead : [seg(indent)]), seg(each, tone)])
}
