/** The kind `redact`: replaces private data. It runs inside `documents`. */

import { defineDocumentKind } from '../../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const redact = defineDocumentKind({
  name: 'redact',
  version: 1,
  summary: 'Replaces mail addresses, IP addresses and phone numbers.',
  documentation: `\`docs |> redact(emails, ip_addresses)\`. Mail and IP addresses are found by the expressions FineWeb was made with (datatrove's
PIIFormatter); IP addresses of no one (private, reserved, for documentation) stay. Phone numbers are North American
ones, and international ones that begin with +.

\`with: examples\` replaces them by addresses that are reserved for examples or that nobody answers, \`with: placeholders\` by \`[EMAIL]\`,
\`[IP_ADDRESS]\`, \`[PHONE_NUMBER]\`.`,
  inputs: { docs: docsInput },
  settings: {
    what: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'string',
        enum: ['emails', 'ip_addresses', 'phone_numbers'],
        description: 'A kind of private data.',
      },
      description: 'The kinds of private data to replace.',
    },
    with: {
      type: 'string',
      enum: ['examples', 'placeholders'],
      default: 'examples',
      description: 'What replaces the private data.',
    },
  },
  positional: ['docs'],
  rest: 'what',
  outputs: docsOutput,
  step: async () => (await import('../../../data/steps/redact.ts')).redact,
})
