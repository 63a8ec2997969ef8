/** What an evaluation found, as screens show it: a row of numbers for each model, and what each answered to a few prompts. */

/** A number, and where it may lie: a bootstrap interval. */
export interface Estimate {
  readonly value: number
  readonly low?: number
  readonly high?: number
}

/** The `detail.comparison` of a report. */
export interface Comparison {
  /** What the program called the models. */
  readonly models: readonly string[]
  /** For each metric its value for each model, in the order of `models`. */
  readonly metrics: readonly { readonly name: string; readonly values: readonly Estimate[] }[]
  /** A few prompts, and what each model answered. */
  readonly answers: readonly { readonly prompt: string; readonly answers: readonly string[] }[]
}
