/** Plans of texts, with the catalogue of the tests of the language and built-in stage kinds around it. */

import type { Catalogue, StageKind } from '../../src/core/kind/kind.ts'
import type { Plan } from '../../src/core/plan.ts'
import { compile } from '../../src/language/compile.ts'
import { toPlan } from '../../src/plan/plan.ts'
import { best } from '../../src/stages/judging/best.ts'
import { expect as expectKind } from '../../src/stages/judging/expect.ts'
import { catalogue as small } from '../language/catalogue.ts'
import { elaborateNothing } from '../language/compile-case.ts'

/** Replaces the kind that runs passes. */
const documents: StageKind = {
  name: 'documents',
  version: 3,
  summary: 'Runs a pass.',
  shape: 'stage',
  inputs: {},
  settings: { properties: {} },
  positional: [],
  outputs: () => [],
  resources: () => ({ memory: 1024 }),
}

export const catalogue: Catalogue = {
  ...small,
  kinds: {
    ...small.kinds,
    documents,
    best: best as unknown as StageKind,
    expect: expectKind as unknown as StageKind,
  },
}

/** The plan of a text. Throws its diagnostics if it has errors. */
export function planOf(text: string, file = 'program.llmpipe'): Plan {
  const files: Readonly<Record<string, string>> = {
    [file]: text,
    'std:clean': 'op tidy(docs) = docs |> drop(where: words < 2)\n',
  }
  const { program, diagnostics, sources } = compile(file, {
    read: (path) => files[path],
    catalogue,
    params: {},
    elaborateModel: elaborateNothing,
  })
  if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return toPlan(program, sources, catalogue)
}
