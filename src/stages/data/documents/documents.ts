/** The kind `documents`: one streaming pass, into which the plan fuses a source and the document operations that follow it. */

import type { Misfit } from '../../../core/kind/kind.ts'
import { defineKind } from '../../shared/define-kind.ts'
import { docsInput, type docsOutput } from './docs-output.ts'

export const documents = defineKind({
  name: 'documents',
  version: 2,
  summary: 'A streaming pass over documents, which reads, normalizes, keeps, drops and filters them.',
  inputs: { docs: { ...docsInput, optional: true } },
  settings: {},
  positional: [],
  // Only the plan makes a pass.
  outputs: (): Misfit | ReturnType<typeof docsOutput> => ({
    code: 'invalid-setting',
    at: 'docs',
    message: '`documents` is not called: llmpipe makes one of the operations on documents',
    help: 'Begin with `read("…")`.',
  }),
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  hasParts: () => true,
  load: () => import('./documents.run.ts'),
})
