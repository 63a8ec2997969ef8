/** The end of every trial: a table of what it counted, the number of failures, and the exit code. */

/**
 * Prints the title, with the seconds since `began` (of `performance.now()`), and both tables. The counts of `failures` should all be 0: their
 * sum is printed last, and the exit code is 1 if it is not 0.
 */
export function endTrial(
  title: string,
  began: number,
  counts: Readonly<Record<string, number>>,
  failures: Readonly<Record<string, number>>,
): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  const sum = Object.values(failures).reduce((a, b) => a + b, 0)
  console.log(`${title}; ${seconds} s\n`)
  console.table({ ...counts, ...failures })
  console.log(`${sum} failure${sum === 1 ? '' : 's'}`)
  process.exitCode = sum > 0 ? 1 : 0
}
