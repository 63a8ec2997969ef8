/**
 * The corpus of edits: what each does, and the stages that have to run after it and no others, worked out by reasoning.
 *
 * What stands behind what:
 *
 *     raw ─▶ prose ─▶ unique ─▶ both ─▶ train,held ─▶ bpe, train_tokens, held_tokens ─▶ base ─▶ chat ─▶ reward ─▶ aligned ─▶ score
 *     glosses ─────────────────┘        definitions ─▶ pairs ─▶ questions ─▶ asked,unseen ─▶ (aligned, score)     direct ─▶ (score)
 *                                                            dictionaries ─▶ ranked ─▶ (reward, direct)
 *
 * `held`, `pairs` and `unseen` are measured on, so each is compared with what models learned: `held` with `train`, the two others with `train`, `pairs`,
 * `asked` and `ranked`.
 */

import type { Workshop } from './workshop.ts'

export interface Edit {
  readonly name: string
  make?(workshop: Workshop): void
  /** The arguments of the run. */
  readonly args?: readonly string[]
  /** The stages that have to run. */
  readonly runs: readonly string[]
  /** The name of the program, where the edit gives it another. */
  readonly program?: string
}

export const nothing: readonly string[] = []
export const toldOfScore = ['score', 'expect score.kl[aligned]']
export const fromAligned = ['aligned', 'export aligned', ...toldOfScore]
export const fromReward = ['reward', ...fromAligned]
export const fromChat = ['chat', 'direct', ...fromReward]
export const fromBase = ['base', ...fromChat]
export const fromTokenizer = ['bpe', 'train_tokens', 'held_tokens', ...fromBase]
/** The stages that compare texts with the examples that models learned from. */
export const comparedWithExamples = ['pairs.contamination', 'unseen.contamination']
/** The stages that compare texts with the documents that `base` learned from. */
export const comparedWithText = ['held.contamination', ...comparedWithExamples]
export const fromBoth = ['both', 'train,held', ...comparedWithText, ...fromTokenizer]
export const fromText = ['raw', 'prose', 'unique', ...fromBoth]

export const replace =
  (from: string, to: string, name?: string) =>
  (workshop: Workshop): void =>
    workshop.replace(from, to, name)
