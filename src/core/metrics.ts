/** The metrics of artefacts that have the same ones whichever stage made them. */

import type { ArtefactKind } from './artefact.ts'

/** By the kind of artefact; of the others, the stage that makes them says what they have. */
export const metricsOfKind = {
  Docs: ['documents', 'bytes'],
  Tokens: ['tokens', 'documents', 'bytes', 'bytes_per_token'],
  Tokenizer: ['vocab'],
  Pairs: ['pairs'],
  Prompts: ['prompts'],
  Answers: ['answers'],
  Rankings: ['rankings'],
} as const satisfies { readonly [K in ArtefactKind]?: readonly string[] }

/** The metrics of an artefact of this kind; `undefined` where they depend on the stage that makes it. */
export function metricsOfArtefactKind(kind: ArtefactKind): readonly string[] | undefined {
  return (metricsOfKind as { readonly [K in ArtefactKind]?: readonly string[] })[kind]
}
