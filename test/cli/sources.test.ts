/** The trees that the build made of the modules of llmpipe itself are those of their texts. */

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from '../../grammar/parse.ts'
import { parsedSource, readSource } from '../../src/cli/program/sources.ts'

const modules = readdirSync('stdlib').map((file) => `std:${file.replace('.llmpipe', '')}`)

test.each(modules)('%s', (path) => {
  const text = readSource(path)!
  expect(parsedSource(path, text)).toEqual(parse(path, text).program)
  expect(parsedSource(path, `${text}\n`)).toBeUndefined()
})

test('files that are not modules of std have no prepared syntax tree', () => {
  expect(parsedSource('pipelines/pretrain.llmpipe', readSource('pipelines/pretrain.llmpipe')!)).toBeUndefined()
})
