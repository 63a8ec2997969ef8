/** The report of a finished stage: what `expect`, `show` and the screens read about an output besides the output itself. */

import type { Ledger } from './ledger.ts'

export interface StageReport {
  /** Final scalars by name (`valid_loss`, `perplexity`, `documents`): what `expect` and `show` read. */
  readonly metrics?: Readonly<Record<string, number>>
  readonly ledger?: Ledger
  /** One line for people: `12,403 documents, 8.1 MB`. */
  readonly summary?: string
  /** The runtime and the device that computed it: `PyTorch 2.15.0, CUDA 12.8, NVIDIA H100`. */
  readonly engine?: string
  /** How many of the output's parts were reused from earlier runs. */
  readonly reused?: Reused
  /** Why people should doubt what depends on the result. Every run that uses the result warns with it, and one with `--strict` fails. */
  readonly doubt?: string
  /** More for the screens to show, by the kind of stage. */
  readonly detail?: ReportDetail
}

/** `parts` of the `of` parts of an output were reused. */
export interface Reused {
  readonly parts: number
  readonly of: number
}

/** The details of the kinds of stages. The fields are those of the stored JSON, which has no tag. */
export type ReportDetail =
  /** `evaluate`. */
  | Pick<DetailParts, 'comparison'>
  /** `best`. */
  | Pick<DetailParts, 'ranking'>
  /** `pretrain`. */
  | (Pick<DetailParts, 'sample'> & Partial<Pick<DetailParts, 'sources'>>)
  /** `dpo`. */
  | Pick<DetailParts, 'margins'>
  /** `reward_model`. */
  | Pick<DetailParts, 'calibration' | 'scores' | 'margins'>
  /** `contamination`. */
  | Pick<DetailParts, 'overlap'>

/** Every field that a detail can have. Tables over these (how each is drawn, which shape each must have) are total. */
export interface DetailParts {
  readonly comparison: Comparison
  readonly ranking: RankingResult
  readonly sample: TextSample
  /** The sources of a mixture. */
  readonly sources: readonly SourceLearned[]
  /** Ten bins of confidence. */
  readonly calibration: readonly CalibrationBin[]
  /** The scores that a reward model gives, in its own unit. */
  readonly scores: Distribution
  /** The score of the better response of a pair less that of the worse one: of rewards, for `dpo` of implicit rewards. */
  readonly margins: Distribution
  readonly overlap: Overlap
}

/** The parts of `detail` by field, each perhaps absent: for readers, who look at one field at a time. */
export function partsOfDetail(detail: ReportDetail | undefined): Partial<DetailParts> {
  return detail ?? {}
}

/** The result of an evaluation: metrics of each model, and the answers of each model to a few prompts. */
export interface Comparison {
  /** The names of the models in the program. */
  readonly models: readonly string[]
  /** For each metric its value for each model, in the order of `models`. */
  readonly metrics: readonly { readonly name: string; readonly values: readonly Estimate[] }[]
  /** A few prompts, with the answer of each model. */
  readonly answers: readonly { readonly prompt: string; readonly answers: readonly string[] }[]
  /** Of questions with known answers. Absent if an earlier version measured them. */
  readonly mistakes?: Mistakes
}

/** The first questions that at least one model answered wrong. */
export interface Mistakes {
  /** How many there are; `shown` has the first of them. */
  readonly questions: number
  readonly shown: readonly {
    readonly question: string
    /** The right answers. */
    readonly right: readonly string[]
    /** The answer of each model, in the order of `models`. */
    readonly answers: readonly GivenAnswer[]
  }[]
}

export interface GivenAnswer {
  readonly text: string
  readonly isRight: boolean
}

/** A number with a bootstrap interval, if it has one. */
export interface Estimate {
  readonly value: number
  readonly low?: number
  readonly high?: number
}

/** The models that `best` chose from, by a metric. */
export interface RankingResult {
  readonly by: string
  /** The best first. */
  readonly rows: readonly { readonly name: string; readonly value: number }[]
}

/** The tokens and the loss of one source of a mixture. */
export interface SourceLearned {
  /** Its name in the program. */
  readonly name: string
  /** Tokens that were learned from, repetitions included. */
  readonly tokens: number
  /** How often its tokens were learned. */
  readonly epochs: number
  /** The mean loss of the last steps in which it occurred, in nats a token. */
  readonly loss?: number
}

/** A prompt, and the text that a trained model writes after it. */
export interface TextSample {
  readonly prompt: string
  readonly text: string
}

/** The pairs of which a reward model is sure, σ(|Δscore|), to a degree in [`from`, `to`). */
export interface CalibrationBin {
  readonly from: number
  readonly to: number
  readonly pairs: number
  /** The mean of their confidences. */
  readonly confidence: number
  /** The share of them whose better response has the higher score. */
  readonly accuracy: number
}

export interface Distribution {
  readonly mean: number
  readonly deviation: number
  /** At 5, 25, 50, 75 and 95 percent. */
  readonly quantiles: readonly number[]
}

/** How much of the texts to measure on was found in what was learned. */
export interface Overlap {
  /** Found in all sources together. */
  readonly all: LearnedSource
  readonly sources: readonly LearnedSource[]
  /** The number of texts that are too short for n-grams and were compared as a whole. */
  readonly short: number
  /** The number of texts without a word. */
  readonly empty: number
  /** The number of texts that were left out, because there are too many. */
  readonly left: number
  /** Learned material that could not be compared, in words. */
  readonly unknown: readonly string[]
  /** The first contaminated texts. */
  readonly examples: readonly FoundText[]
}

/** The overlap with one source. */
export interface LearnedSource {
  /** Its name in the program. */
  readonly name: string
  /** The texts that were compared. */
  readonly texts: number
  /** Those of which most words are in 8-grams of the source. */
  readonly contaminated: number
  /** Those that share a 13-gram with the source. */
  readonly shared: number
  /** The share of all words that are in 8-grams of the source, and in 13-grams. */
  readonly covered: number
  readonly coveredLong: number
}

export interface FoundText {
  readonly id: string
  /** The beginning of the text. */
  readonly text: string
  /** The share of its words that were found. */
  readonly covered: number
  /** The learned document that has the most of it. */
  readonly twin?: { readonly id: string; readonly source: string; readonly text: string }
}
