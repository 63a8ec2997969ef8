/** Help, its reference, and calls that are wrong. */

import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { catalogue } from '../../src/cli/program/catalogue.ts'
import { referenceOf } from '../../src/cli/reference/kind-reference.ts'
import { cliReference } from '../../src/cli/reference/reference.ts'
import { stagesReference } from '../../src/cli/reference/stages-reference.ts'
import { kinds } from '../../src/stages/index.ts'
import { makeProject } from './rig.ts'

const project = makeProject()
afterAll(() => project.remove())

test.each([
  ['docs/reference/cli.md', cliReference],
  ['docs/reference/stages.md', () => stagesReference(catalogue)],
])('the page %s is up to date', (path, reference) => {
  expect(readFileSync(path, 'utf8'), 'npm run generate').toBe(reference())
})

describe('--help', () => {
  test('lists the commands, with examples', () => {
    const { code, stdout } = project.llmpipe(['--help'])
    expect(code).toBe(0)
    for (const { name, hidden } of commands) expect(stdout.includes(`\n  ${name} `)).toBe(!hidden)
    expect(stdout).toContain('Examples:')
    expect(project.llmpipe([]).stdout).toBe(stdout)
  })

  test('lists the commands below a command', () => {
    expect(project.llmpipe(['cache', '--help']).stdout).toMatch(/^ {2}gc \[options\] +remove the artefacts that/m)
    expect(project.llmpipe(['help', 'cache', 'gc']).stdout).toBe(project.llmpipe(['cache', 'gc', '--help']).stdout)
    expect(project.llmpipe(['cache', 'gc', '--help']).stdout).toContain('--older <time>')
    expect(project.llmpipe(['cache', 'size', '--help']).stdout).not.toContain('--older')
  })

  test.each(commands.filter(({ hidden }) => !hidden).map(({ name }) => name))('of %s has examples', (name) => {
    const { code, stdout } = project.llmpipe([name, '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: llmpipe ${name}`)
    expect(stdout).toContain(`Examples:\n  `)
  })
})

test('--version', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(project.llmpipe(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

describe('a wrong call exits with 2 and explains the error', () => {
  const wrong: readonly (readonly [args: readonly string[], said: RegExp])[] = [
    [['rnu', 'a.llmpipe'], /unknown command 'rnu'\n\(Did you mean run\?\)/],
    [['run', '--plian', 'a.llmpipe'], /unknown option '--plian'\n\(Did you mean --plain\?\)/],
    [['run'], /missing required argument 'file'\nhelp: llmpipe run a\.llmpipe\n/],
    // The program is there, something else is missing.
    [['accept', 'a.llmpipe'], /missing required argument 'stage'\n\(/],
    [['plan', '.'], /There is no file `\.`(.*\n)*.*help: This is a folder\. Its programs: a\.llmpipe\n/],
    [['fmt', '.'], /\. cannot be read: EISDIR.*\n {2}help: This is a folder\. Its programs: a\.llmpipe\n/],
    [['run', 'there-is-none.llmpipe'], /there-is-none\.llmpipe/],
    [['run', 'a.llmpipe', '-p', 'steps'], /-p steps gives no param a value/],
    [['run', 'a.llmpipe', '-p', '__proto__=1'], /__proto__/],
    [['run', 'a.llmpipe', '--jobs', '0'], /--jobs 0 is not a number of stages/],
    [['run', 'a.llmpipe', '--force', 'nothing'], /there is no stage "nothing"/],
    [['run', 'a.llmpipe', '--engine', 'abacus'], /Allowed choices are onnx, tfjs/],
    [['graph', 'a.llmpipe', '--format', 'png'], /Allowed choices are text, mermaid, dot/],
    [['why', 'a.llmpipe', 'nothing'], /has no stage "nothing"\n {2}help: It has letters\./],
    [['show', 'nothing'], /there is no artefact "nothing"/],
    [['explain', 'E9999'], /there is no code E9999/],
    [['help', 'train_bep'], /Did you mean train_bpe\?/],
    [['completion', 'tcsh'], /The shells are bash, zsh and fish/],
    [['cache', 'gx'], /unknown command 'gx'\n\(Did you mean gc\?\)/],
    [['cache', 'gc', '--older', 'soon'], /--older soon is not a time/],
    [['cache', 'size', '--older', '30d'], /unknown option '--older'/],
    [['generate', '.', 'Once'], /holds no artefact/],
  ]
  project.write('a.llmpipe', 'tokenizer letters = bytes()\n')
  test.each(wrong)('llmpipe %j', (args, said) => {
    const { code, stderr } = project.llmpipe(args)
    expect(stderr).toMatch(said)
    expect(code).toBe(2)
  })
})

describe('kinds', () => {
  test('are listed', () => {
    const { stdout } = project.llmpipe(['kinds'])
    for (const name of Object.keys(kinds)) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'))
  })

  test.each(Object.entries(kinds))('%s has a reference', (name, kind) => {
    const reference = referenceOf(kind)
    expect(reference).toContain(`# ${name}\n`)
    for (const setting of Object.keys(kind.settings.properties))
      expect(reference).toMatch(new RegExp(`^- (\`\\w+\`, )*\`${setting}\`(, \`\\w+\`)*( \\(|:)`, 'm'))
    for (const role of Object.keys(kind.inputs)) expect(reference).toContain(`- \`${role}\` (`)
  })

  test('help describes one', () => {
    expect(project.llmpipe(['help', 'train_bpe'])).toEqual({
      code: 0,
      stdout: referenceOf(kinds.train_bpe!),
      stderr: '',
    })
  })

  test.each([
    ['rank', '# rank\n', '## Inputs'],
    ['generate', '# generate\n', '## Inputs'],
    ['tidy', 'An operation of `std.clean`', 'use std.clean { tidy }'],
    ['llama', 'An architecture of `std.models`', 'model llama(\n  vocab: count,\n  dim: count,'],
    ['chatml', 'A value of `std.chat`', 'use std.chat { chatml }'],
    ['adamw', 'A group of values for `optimizer` of `pretrain`', '- `lr` ('],
    ['mix', 'A group of values for `on` of `pretrain`', '- `from` ('],
    ['words', 'A metric of a document', 'keep(where: words > …)'],
    ['linear', 'A group of values for `schedule`', 'A part of architectures'],
    ['normal', 'A way to initialize weights', 'init: normal('],
  ])('of %s there is a reference too', (name, one, other) => {
    const { code, stdout } = project.llmpipe(['kinds', name])
    expect(code).toBe(0)
    expect(stdout).toContain(one)
    expect(stdout).toContain(other)
  })

  test('a misspelled name is answered with the closest one', () => {
    expect(project.llmpipe(['kinds', 'lama'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean llama?'),
    })
  })

  test('as JSON have the schema of their settings', () => {
    const table = JSON.parse(project.llmpipe(['kinds', '--json']).stdout)
    expect(table.map(({ name }: { name: string }) => name)).toEqual(Object.values(kinds).map(({ name }) => name))
    expect(table[0].settings.properties).toBeTypeOf('object')
  })
})

test('explain gives the way out of a code, and lists all', () => {
  expect(project.llmpipe(['explain', 'e0202']).stdout).toMatch(/^E0202: There is no operation/)
  expect(project.llmpipe(['explain']).stdout).toContain('\nE0202  ')
})
