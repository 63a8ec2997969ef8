/** The kind `filter`: a call of a filter that a program declares. It runs inside `documents`. */

import { defineDocumentKind } from '../../shared/define-kind.ts'
import { docsInput } from './docs-output.ts'

export const filter = defineDocumentKind({
  name: 'filter',
  version: 1,
  summary: 'Drops documents that break a rule of a filter, which a program declares.',
  inputs: { docs: docsInput },
  settings: {},
  positional: ['docs'],
  // The language checks calls of declared filters, so only a call of `filter` itself gets here.
  outputs: () => ({
    code: 'invalid-setting',
    at: 'docs',
    message: '`filter` is declared, not called',
    help: 'Declare one, `filter long(least = 50) { words >= least }`, and call it: `docs |> long()`. Or `keep(where: …)`.',
  }),
  step: async () => (await import('../../../data/steps/filter.ts')).filter,
})
