/** Amounts in the summaries of stages, as the screens write theirs. */

/** `1 document`, `12,403 documents`. */
export function countOf(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`
}

/** `512 B`, `149 kB`, `1.25 GB`: three significant digits. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let power = 0
  let amount = bytes / 1000
  // 999.6 of a unit would print as 1000: it belongs to the next one.
  while (amount >= 999.5 && power < units.length - 1) {
    amount /= 1000
    power++
  }
  return `${amount.toFixed(amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2)} ${units[power]}`
}

/** `0.12M parameters`, `134.5M parameters`; below 10,000 the number itself. */
export function parametersOf(n: number): string {
  if (n < 10_000) return countOf(n, 'parameter')
  return `${(n / 1e6).toFixed(n < 10e6 ? 2 : 1)}M parameters`
}
