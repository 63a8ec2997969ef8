/** The kind `filter`: what a filter declared in a program becomes. It runs inside `documents`. */

import { defineDocumentKind } from '../shared/define-kind.ts'
import { docsInput } from './docs-output.ts'

export const filter = defineDocumentKind({
  name: 'filter',
  version: 1,
  summary: 'The rules of a filter that a program declares; a document that breaks one is dropped.',
  inputs: { docs: docsInput },
  settings: {},
  positional: ['docs'],
  // Calls of declared filters are checked by the language and do not come here.
  outputs: () => ({
    code: 'invalid-setting',
    at: 'docs',
    message: '`filter` is declared, not called',
    help: 'Declare one, `filter long(least = 50) { words >= least }`, and call it: `docs |> long()`. Or `keep(where: …)`.',
  }),
  step: async () => (await import('../../data/steps/filter.ts')).filter,
})
