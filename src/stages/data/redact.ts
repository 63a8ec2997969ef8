/** The kind `redact`: replaces private data. It runs inside `documents`. */

import { defineDocumentKind } from '../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const redact = defineDocumentKind({
  name: 'redact',
  version: 1,
  summary: 'Replaces mail addresses, IP addresses and phone numbers.',
  documentation: `\`docs |> redact(emails, ip_addresses)\`. Mail and IP addresses are found by the expressions FineWeb was made with (datatrove's
PIIFormatter); IP addresses that are nobody's (private, reserved, for documentation) stay. Phone numbers: North American
ones, and international ones that begin with +.

\`with: examples\` puts addresses in their place that are kept for examples or answered nobody, \`placeholders\` \`[EMAIL]\`,
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
      description: 'What is replaced.',
    },
    with: {
      type: 'string',
      enum: ['examples', 'placeholders'],
      default: 'examples',
      description: 'What takes its place.',
    },
  },
  positional: ['docs'],
  rest: 'what',
  outputs: docsOutput,
  step: async () => (await import('../../data/steps/redact.ts')).redact,
})
