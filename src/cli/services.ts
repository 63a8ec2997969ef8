/** What stages are handed besides their job. */

import type { StageServices } from '../stages/services.ts'

export const services = (): StageServices => ({
  engine: async (name) => (await import('../engine/load.ts')).loadEngine(name),
})
