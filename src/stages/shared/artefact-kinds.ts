import type { ArtefactKind } from '../../core/artefact.ts'

/** The kinds of artefacts that have metrics. */
export const measuredKinds = [
  'Docs',
  'Pairs',
  'Prompts',
  'Answers',
  'Rankings',
  'Report',
  'Tokens',
  'Tokenizer',
  'Weights',
  'Reward',
  'Classifier',
] as const satisfies readonly ArtefactKind[]

/** The kinds of artefacts that are folders of files, which can be exported and given to a program: all but models. */
export const folderKinds = [...measuredKinds, 'Files'] as const satisfies readonly ArtefactKind[]
