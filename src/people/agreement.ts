/** How much people agree. */

/**
 * Krippendorff's α (Krippendorff 2011) with the interval metric, (a − b)²: 1 if all agree, 0 if they agree as much as by chance. Each
 * unit holds the values that people gave it; units with fewer than two do not count. `undefined` if nothing can be compared, or if all
 * values are the same.
 */
export function krippendorffAlpha(units: readonly (readonly number[])[]): number | undefined {
  const paired = units.filter((values) => values.length > 1)
  const all = paired.flat()
  if (all.length === 0) return undefined
  const squares = (values: readonly number[]) => {
    let sum = 0
    for (const a of values) for (const b of values) sum += (a - b) ** 2
    return sum
  }
  const observed = paired.reduce((sum, values) => sum + squares(values) / (values.length - 1), 0) / all.length
  const expected = squares(all) / (all.length * (all.length - 1))
  return expected === 0 ? undefined : 1 - observed / expected
}

/**
 * The α of rankings. `tasks` has, for each task, the rankings of the people who did it: the ranks of its responses, 1 for the best. Each pair of
 * responses of a task is a unit, and a person's value of it is 1, 0 or −1: the first response is better, they tie, or the second is better.
 * `undefined` if `krippendorffAlpha` of these units is.
 */
export function rankingAlpha(tasks: readonly (readonly (readonly number[])[])[]): number | undefined {
  const units: number[][] = []
  for (const rankings of tasks) {
    const count = rankings[0]?.length ?? 0
    for (let i = 0; i < count; i++)
      for (let j = i + 1; j < count; j++) units.push(rankings.map((ranks) => Math.sign(ranks[j]! - ranks[i]!)))
  }
  return krippendorffAlpha(units)
}
