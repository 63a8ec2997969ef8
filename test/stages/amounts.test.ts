/** Amounts in the summaries of stages. */

import { expect, test } from 'vitest'
import { countOf, parametersOf, sizeOf } from '../../src/stages/shared/amounts.ts'

test('counts have one document and several documents', () => {
  expect([0, 1, 12_403].map((n) => countOf(n, 'document'))).toEqual(['0 documents', '1 document', '12,403 documents'])
})

test('sizes have three digits and never round to nothing', () => {
  expect([0, 12, 999, 1000, 149_409, 999_600, 1_250_000, 3e15].map(sizeOf)).toEqual([
    '0 B',
    '12 B',
    '999 B',
    '1.00 kB',
    '149 kB',
    '1.00 MB',
    '1.25 MB',
    '3000 TB',
  ])
})

test('parameters of small models never round to nothing', () => {
  expect([1, 9_999, 40_320, 116_032, 134_515_008].map(parametersOf)).toEqual([
    '1 parameter',
    '9,999 parameters',
    '0.04M parameters',
    '0.12M parameters',
    '134.5M parameters',
  ])
})
