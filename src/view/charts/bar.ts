/** Progress bars in eighths of a cell, and sparklines. */

const eighthBlocks = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

export interface Bar {
  readonly full: string
  readonly rest: string
}

/** A bar of `columns` cells, filled to `fraction`. */
export function bar(fraction: number, columns: number): Bar {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * columns * 8)
  const whole = Math.floor(eighths / 8)
  const full = '█'.repeat(whole) + (whole < columns ? eighthBlocks[eighths % 8] : '')
  return { full, rest: '░'.repeat(Math.max(0, columns - full.length)) }
}

const levels = '▁▂▃▄▅▆▇█'

/** The shape of `values` in at most `columns` cells. Each cell shows the mean of its values; values that are not finite are left out. */
export function sparkline(values: readonly number[], columns: number): string {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0 || columns <= 0) return ''
  const cells = Math.min(columns, finite.length)
  const means: number[] = []
  for (let cell = 0; cell < cells; cell++) {
    const from = Math.floor((cell * finite.length) / cells)
    const to = Math.max(from + 1, Math.floor(((cell + 1) * finite.length) / cells))
    const slice = finite.slice(from, to)
    means.push(slice.reduce((a, b) => a + b, 0) / slice.length)
  }
  const low = Math.min(...means)
  const high = Math.max(...means)
  const scale = high > low ? (levels.length - 1) / (high - low) : 0
  return means.map((mean) => levels[Math.round((mean - low) * scale)]).join('')
}
