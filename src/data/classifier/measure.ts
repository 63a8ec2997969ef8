/** Measures a classifier on texts that it has not learned from. */

/** The probability that a classifier gives a text, and whether the text is good. */
export interface Judged {
  readonly probability: number
  readonly isGood: boolean
}

/**
 * `accuracy`: the mean of the shares of good and of bad texts that are on the right side of 0.5, so that it is 0.5 for guessing, however many there
 * are of each. `auc`: the probability that a good text gets a higher probability than a bad one; ties count half (Hanley and McNeil 1982).
 */
export function measureClassifier(judged: readonly Judged[]): { readonly accuracy: number; readonly auc: number } {
  const good = judged.filter(({ isGood }) => isGood)
  const bad = judged.filter(({ isGood }) => !isGood)
  const right = (of: readonly Judged[]) =>
    of.filter(({ probability, isGood }) => probability >= 0.5 === isGood).length / of.length
  // The sum of the ranks of good texts, in which ties have their mean rank.
  const sorted = [...judged].sort((a, b) => a.probability - b.probability)
  let ranks = 0
  for (let from = 0; from < sorted.length; ) {
    let to = from
    while (to < sorted.length && sorted[to]!.probability === sorted[from]!.probability) to++
    const mean = (from + to + 1) / 2
    for (let i = from; i < to; i++) if (sorted[i]!.isGood) ranks += mean
    from = to
  }
  const auc = (ranks - (good.length * (good.length + 1)) / 2) / (good.length * bad.length)
  return { accuracy: (right(good) + right(bad)) / 2, auc }
}
