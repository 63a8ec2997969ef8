/** Numbers with their suffixes: `2_000`, `20M`, `64KiB`, `10%`, `30min`. */

import { nearest } from './nearest.ts'
import type { NumberLiteral } from './syntax.ts'

type Unit = NumberLiteral['unit']

/** Every suffix with the quantity it measures and its factor (`%` divides, which keeps decimals exact). */
export const suffixes: Readonly<Record<string, { readonly unit: Unit; readonly times: number }>> = {
  '%': { unit: 'fraction', times: 0.01 },
  k: { unit: 'count', times: 1e3 },
  M: { unit: 'count', times: 1e6 },
  B: { unit: 'count', times: 1e9 },
  T: { unit: 'count', times: 1e12 },
  KiB: { unit: 'bytes', times: 2 ** 10 },
  MiB: { unit: 'bytes', times: 2 ** 20 },
  GiB: { unit: 'bytes', times: 2 ** 30 },
  ms: { unit: 'seconds', times: 1e-3 },
  s: { unit: 'seconds', times: 1 },
  min: { unit: 'seconds', times: 60 },
  h: { unit: 'seconds', times: 3600 },
  d: { unit: 'seconds', times: 86_400 },
}

export type ReadNumber =
  | { readonly value: number; readonly unit: Unit }
  | { readonly unknownSuffix: string; readonly nearest?: string; readonly value: number }
  | { readonly badPoint: true; readonly better: string; readonly value: number }

/** Reads the text of a number. A wrong number comes back with the value that was most likely meant. */
export function readNumber(text: string): ReadNumber {
  const parts = /^([\d_]*)(\.[\d_]*)?([eE][+-]?\d+)?(.*)$/u.exec(text)
  const [, whole = '', point = '', exponent = '', suffix = ''] = parts ?? []
  const digits = `${whole}${point}${exponent}`.replaceAll('_', '')
  const value = Number(digits)
  if (point === '.' || (point !== '' && whole === '')) {
    const better = `${whole === '' ? '0' : whole}${point === '.' ? '.0' : point}${exponent}${suffix}`
    return { badPoint: true, better: better, value }
  }
  if (suffix === '') return { value, unit: 'none' }
  const known = Object.hasOwn(suffixes, suffix) ? suffixes[suffix] : undefined
  if (known === undefined) {
    const near = nearest(
      suffix,
      Object.keys(suffixes).filter((name) => name !== '%'),
    )
    return { unknownSuffix: suffix, value, ...(near === undefined ? {} : { nearest: near }) }
  }
  const scaled = suffix === '%' ? value / 100 : suffix === 'ms' ? value / 1000 : value * known.times
  return { value: scaled, unit: known.unit }
}
