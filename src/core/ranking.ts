/** Models by a metric, as `best` reports them: in the `detail` of its report, for people. */
export interface Ranking {
  readonly by: string
  /** The best first. */
  readonly rows: readonly { readonly name: string; readonly value: number }[]
}
