/** Architectures of stdlib/models.llmpipe, elaborated with sizes. */

import { readFileSync } from 'node:fs'
import { parse } from '../../grammar/parse.ts'
import type { ModelArgument } from '../../src/language/2-check/env.ts'
import { architecture as elaborated } from '../../src/language/architecture.ts'
import type { ModelSpec } from '../../src/model/spec.ts'

const file = 'stdlib/models.llmpipe'

export function architecture(name: string, sizes: Readonly<Record<string, ModelArgument>>): ModelSpec {
  return elaborated(parse(file, readFileSync(file, 'utf8')).program, name, sizes)
}
