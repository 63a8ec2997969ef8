/** Numbers, durations, sizes and digests as people read them. Values of one magnitude have about the same width. */

import type { StageReport } from '../core/report.ts'

/** `12,403`. */
export function count(n: number): string {
  if (!Number.isFinite(n)) return String(n)
  const sign = n < 0 ? '-' : ''
  return sign + String(Math.round(Math.abs(n))).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `845`, `12.4k`, `1.30M`, `2.1B`: three significant digits. */
export function short(n: number): string {
  if (!Number.isFinite(n)) return String(n)
  const magnitude = Math.abs(n)
  for (const [scale, suffix] of [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    // 999.6 of a unit would print as 1000, so it is written in the next unit.
    if (magnitude >= scale * 0.9995) return digits(n / scale) + suffix
  }
  return magnitude >= 100 || Number.isInteger(n) ? String(Math.round(n)) : digits(n)
}

function digits(n: number): string {
  const magnitude = Math.abs(n)
  if (magnitude >= 99.95) return n.toFixed(0)
  return magnitude >= 9.995 ? n.toFixed(1) : n.toFixed(2)
}

/** `512 B`, `8.1 MB`, `1.25 GB`: decimal units, as file managers and datatrove count. */
export function bytes(n: number): string {
  if (n < 1000) return `${Math.round(n)} B`
  for (const [scale, unit] of [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
  ] as const) {
    if (n >= scale * 0.9995) return `${digits(n / scale)} ${unit}`
  }
  return `${digits(n / 1e3)} kB`
}

/** `0.4s`, `12s`, `1m 05s`, `2h 03m`, `3d 04h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–'
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`
  const hours = Math.round(seconds / 3600)
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

/** `45%`; never `100%` before the end. */
export function percent(fraction: number): string {
  const clamped = Math.min(1, Math.max(0, fraction))
  const rounded = Math.round(clamped * 100)
  if (rounded === 100 && clamped < 1) return '99%'
  return `${rounded}%`
}

/** The share of a part in a whole, with enough digits to tell a small share from zero: `0.03%`. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '–'
  const value = (part / whole) * 100
  if (value === 0 || value === 100) return `${value}%`
  return value < 0.1 ? `${value.toFixed(2)}%` : `${value.toFixed(1)}%`
}

/** A measured scalar: `1.884`, `0.00030`, `3.1e-7`, `12,403`. */
export function scalar(n: number): string {
  // JSON has no NaN, so a stored NaN comes back as null.
  if (!Number.isFinite(n)) return n > 0 ? '∞' : n < 0 ? '-∞' : 'NaN'
  if (Number.isInteger(n)) return count(n)
  const magnitude = Math.abs(n)
  if (magnitude >= 1000) return count(n)
  if (magnitude >= 100) return n.toFixed(1)
  if (magnitude >= 10) return n.toFixed(2)
  if (magnitude >= 0.1) return n.toFixed(3)
  if (magnitude >= 0.001) return n.toPrecision(3)
  return n.toExponential(1)
}

/** A rate with its unit: `12.3 steps/s`, `1.2k documents/s`, `8.1 MB/s`. */
export function rate(perSecond: number, unit: string): string {
  if (unit === 'bytes') return `${bytes(perSecond)}/s`
  // A slow rate reads better as the time for one: `4.2 s/step`.
  if (perSecond > 0 && perSecond < 0.5) return `${scalar(1 / perSecond)} s/${unit.replace(/s$/, '')}`
  return `${short(perSecond)} ${unit}/s`
}

/** The first 12 hex digits: enough to tell the artefacts of a store apart. Commands accept them in place of the whole digest. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12)
}

/** `1 document`, `2 documents`. */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${n === 1 ? noun.replace(/s$/, '') : noun}`
}

/** The summary of a finished stage, with the number of parts that were reused from earlier runs. */
export function doneWhat({ summary = '', reused }: StageReport = {}): string {
  return reused === undefined ? summary : `${summary}; ${count(reused.parts)} of ${count(reused.of)} parts reused`
}
