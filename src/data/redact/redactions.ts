/**
 * Replaces private data in text. Mail and IP addresses use the expressions and the default replacements of datatrove's PIIFormatter, with
 * which FineWeb was made; phone numbers use an expression of our own.
 */

import { isGlobalAddress } from './ip-address.ts'

export type Private = 'emails' | 'ip_addresses' | 'phone_numbers'

export interface Redacted {
  readonly text: string
  readonly count: number
}

type Redact = (text: string, replacement: 'examples' | 'placeholders') => Redacted

/** Python's \b, which includes the letters of all scripts. */
const edge = '(?:(?<![\\p{L}\\p{N}_])(?=[\\p{L}\\p{N}_])|(?<=[\\p{L}\\p{N}_])(?![\\p{L}\\p{N}_]))'
const atom = "[A-Za-z0-9!#$%&'*+\\/=?^_`{|}~\\-]+"
const label = '[A-Za-z0-9](?:[A-Za-z0-9\\-]*[A-Za-z0-9])?'
const octet = '(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)'

const email = new RegExp(
  `${edge}${atom}(?:\\.${atom})*@(?:(?:${label}\\.)+${label}|\\[(?:${octet}\\.){3}(?:${octet}|[A-Za-z0-9\\-]*[A-Za-z0-9]:)\\])`,
  'gu',
)

const ipAddress = new RegExp(`(?:${octet}\\.){3}${octet}`, 'g')

/** North American phone numbers in their usual forms, and international ones, which begin with +. */
const phone =
  /(?<![\p{L}\p{N}_.+-])(?:(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}|\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,4}\)?){2,6})(?![\p{L}\p{N}_-])/gu

/** Mail addresses reserved for examples (RFC 2606), FineWeb's unused IP addresses, and phone numbers reserved for fiction. */
const examples: Readonly<Record<Private, readonly string[]>> = {
  emails: ['email@example.com', 'firstname.lastname@example.org'],
  ip_addresses: [
    '22.214.171.124',
    '126.96.36.199',
    '188.8.131.52',
    '184.108.40.206',
    '220.127.116.11',
    '18.104.22.168',
  ],
  phone_numbers: ['(555) 555-0100', '(555) 555-0199'],
}

const placeholders: Readonly<Record<Private, readonly string[]>> = {
  emails: ['[EMAIL]'],
  ip_addresses: ['[IP_ADDRESS]'],
  phone_numbers: ['[PHONE_NUMBER]'],
}

export const redactions: { readonly [P in Private]: Redact } = {
  emails: redactor('emails', email, (text) => text.includes('@')),
  ip_addresses: redactor('ip_addresses', ipAddress, (text) => /\d\.\d/.test(text), isGlobalAddress),
  phone_numbers: redactor('phone_numbers', phone, (text) => /\d{4}|\+\d/.test(text), isPhoneNumber),
}

/** `may`: a quick test that most texts fail. Replacements alternate inside of a document, so that a document does not depend on others. */
function redactor(
  what: Private,
  pattern: RegExp,
  may: (text: string) => boolean,
  isReal: (match: string) => boolean = () => true,
): Redact {
  return (text, replacement) => {
    if (!may(text)) return { text, count: 0 }
    const by = replacement === 'examples' ? examples[what] : placeholders[what]
    let count = 0
    const redacted = text.replace(pattern, (match) => (isReal(match) ? by[count++ % by.length]! : match))
    return { text: redacted, count }
  }
}

/** International numbers have 8 to 15 digits (E.164). */
function isPhoneNumber(match: string): boolean {
  const digits = match.replace(/\D/g, '').length
  return digits >= 8 && digits <= 15
}
