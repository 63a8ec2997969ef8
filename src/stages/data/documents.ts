/** The kind `documents`: one streaming pass, into which the plan fuses a source and the document operations that follow it. */

import type { Kind } from '../shared/services.ts'
import { docsInput } from './docs-output.ts'

export const documents: Kind = {
  name: 'documents',
  version: 2,
  summary: 'A streaming pass over documents: what reading, normalizing, keeping, dropping and filtering become.',
  shape: 'stage',
  inputs: { docs: { ...docsInput, optional: true } },
  settings: { properties: {} },
  positional: [],
  // Made by the plan alone.
  outputs: () => ({
    code: 'invalid-setting',
    at: 'docs',
    message: '`documents` is not called: llmpipe makes it of the operations on documents',
    help: 'Begin with `read("…")`.',
  }),
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  load: () => import('./documents.run.ts'),
}
