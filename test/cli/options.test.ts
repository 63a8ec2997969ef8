/** Options of commands: the types of their values, and how they are written. */

import { expect, expectTypeOf, test } from 'vitest'
import { defineCommand } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { choice, flag, flagsInWords, list, longFlag, readOptions, text, wholeNumber } from '../../src/cli/option.ts'

const table = {
  engine: choice('name', ['onnx', 'tfjs'], 'the engine'),
  keepGoing: flag('continue', 'k'),
  jobs: wholeNumber('stages', 1, 'how many'),
  only: list('stage', 'only this one'),
  store: text('dir', 'the store'),
}

test('each option has a value of its type, even if it is not given', () => {
  expect(readOptions(table, {})).toEqual({
    engine: undefined,
    keepGoing: false,
    jobs: undefined,
    only: [],
    store: undefined,
  })
  const given = { engine: 'tfjs', keepGoing: true as const, jobs: '3', only: ['a', 'b'], store: 'x' }
  expect(readOptions(table, given)).toEqual({ ...given, jobs: 3 })
})

test('run of a command gets inferred types, and a misspelt option does not compile', () => {
  const command = defineCommand({
    name: 'it',
    summary: 'does it',
    options: table,
    examples: [],
    async run(_, options) {
      expectTypeOf(options.engine).toEqualTypeOf<'onnx' | 'tfjs' | undefined>()
      expectTypeOf(options.keepGoing).toEqualTypeOf<boolean>()
      expectTypeOf(options.jobs).toEqualTypeOf<number | undefined>()
      expectTypeOf(options.only).toEqualTypeOf<readonly string[]>()
      // @ts-expect-error the option is called keepGoing
      return options.keepGoin ? 1 : 0
    },
  })
  expect(Object.keys(command.options)).toEqual(Object.keys(table))
})

test('a command without options has none to read', () => {
  defineCommand({
    name: 'it',
    summary: 'does it',
    examples: [],
    async run(_, options) {
      // @ts-expect-error it declares no options
      return options.store ? 1 : 0
    },
  })
})

test('a flag is the name of its option with hyphens', () => {
  expect(longFlag('keepGoing')).toBe('--keep-going')
  expect(flagsInWords('keepGoing', table.keepGoing)).toBe('-k, --keep-going')
  expect(flagsInWords('store', table.store)).toBe('--store <dir>')
})

test('every command that opens a program takes -p, --engine and --store', () => {
  // `fmt` and `doc` read the text alone, `report`, `ui` and `track` the logs of runs, which have their options.
  const others = ['doc', 'fmt', 'report', 'track', 'ui']
  const takesProgram = commands
    .flatMap((command) => [command, ...command.commands])
    .filter((command) => !others.includes(command.name) && !command.hidden)
    .filter((command) => command.arguments?.some(({ completes }) => completes === 'programs'))
  expect(takesProgram.length).toBeGreaterThan(15)
  for (const { name, options } of takesProgram)
    for (const option of ['param', 'engine', 'store'])
      expect([name, option, option in options]).toEqual([name, option, true])
})
