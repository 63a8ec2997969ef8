/** Made by scripts/messages.mjs: the explanation of every code, for `llmpipe explain`. */

import { artefacts } from './explained/artefacts.generated.ts'
import { imports } from './explained/imports.generated.ts'
import { models } from './explained/models.generated.ts'
import { names } from './explained/names.generated.ts'
import { settings } from './explained/settings.generated.ts'
import { sweeps } from './explained/sweeps.generated.ts'
import { syntax } from './explained/syntax.generated.ts'
import type { Explanation } from './explanation.ts'

export const explanations: readonly Explanation[] = [...syntax, ...names, ...settings, ...artefacts, ...models, ...imports, ...sweeps]
