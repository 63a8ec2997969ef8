/** `llmpipe report`: where it writes, what it refuses, and that every metric is that of `show --json`. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ledger } from '../../../src/core/ledger.ts'
import { makeProject, type Project, prose, training } from '../rig.ts'

const projects: Project[] = []
function project(files: Readonly<Record<string, string>>): Project {
  const made = makeProject(files)
  projects.push(made)
  return made
}
afterAll(() => {
  for (const each of projects) each.remove()
})
const read = ({ folder }: Project, name = 'report.html') => readFileSync(join(folder, name), 'utf8')

describe('the report of a training', () => {
  let made: Project
  beforeAll(() => {
    made = project({ 'p.llmpipe': training, 'data/book.txt': prose })
    expect(made.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
    const { code, stdout } = made.llmpipe(['report', 'p.llmpipe'])
    expect(stdout).toMatch(/^report\.html {2}[\d.]+ kB\n$/)
    expect(code).toBe(0)
  })

  test('has every metric of every stage exactly as show --json has it', () => {
    const figures = new Map(
      [...read(made).matchAll(/<data value="([^"]*)" data-of="([^"]*)"/g)].map(([, value, of = '']) => [
        of.replaceAll('&gt;', '>'),
        Number(value),
      ]),
    )
    for (const stage of ['raw', 'prose', 'letters', 'tokens', 'base']) {
      const { code, stdout } = made.llmpipe(['show', 'p.llmpipe', stage, '--json'])
      expect([stage, code]).toEqual([stage, 0])
      const { report } = JSON.parse(stdout) as {
        report: { metrics?: Record<string, number>; ledger?: Ledger }
      }
      for (const [metric, value] of Object.entries(report.metrics ?? {}))
        expect([`${stage} ${metric}`, figures.get(`${stage} ${metric}`)]).toEqual([`${stage} ${metric}`, value])
      if (report.ledger !== undefined)
        expect(figures.get(`${stage} ledger.in.documents`)).toBe(report.ledger.in.documents)
      for (const { rule, documents, seen = [] } of report.ledger?.dropped ?? []) {
        expect(figures.get(`${stage} dropped ${rule}`) ?? 0).toBe(documents)
        for (const { metric, bins } of seen)
          expect(figures.get(`${stage} seen ${rule} ${metric}`)).toBe(bins.reduce((sum, bin) => sum + bin[2], 0))
      }
    }
    expect(figures.get('prose seen keep: words >= 3 words')).toBe(40)
    expect(figures.get('base valid_loss')).toBeGreaterThan(0)
  })

  test('names no folder of this machine but those of the program', () => {
    expect(read(made)).not.toContain(made.folder)
  })

  test('replaces its own page', () => {
    expect(made.llmpipe(['report', 'p.llmpipe']).code).toBe(0)
  })

  test('does not replace a file that it did not make, unless --overwrite is given', () => {
    made.write('mine.html', '<p>mine</p>')
    const { code, stderr } = made.llmpipe(['report', 'p.llmpipe', '-o', 'mine.html'])
    expect(code).toBe(2)
    expect(stderr).toBe(
      'error: mine.html exists, and report did not make it\n  help: Name another file with -o, or replace it with --overwrite.\n',
    )
    expect(read(made, 'mine.html')).toBe('<p>mine</p>')
    expect(made.llmpipe(['report', 'p.llmpipe', '-o', 'mine.html', '--overwrite']).code).toBe(0)
    expect(read(made, 'mine.html')).toContain('llmpipe report')
  })

  test('writes the page to standard output with -o -, and makes folders that are missing', () => {
    expect(made.llmpipe(['report', 'p.llmpipe', '-o', '-']).stdout).toMatch(/^<!doctype html>/)
    expect(made.llmpipe(['report', 'p.llmpipe', '-o', 'a/b/c.html']).stdout).toMatch(/^a\/b\/c\.html {2}/)
  })

  test('refuses a folder, and the store', () => {
    expect(made.llmpipe(['report', 'p.llmpipe', '-o', 'data']).stderr).toContain('error: data is a folder')
    expect(made.llmpipe(['report', 'p.llmpipe', '-o', '.llmpipe/x.html']).stderr).toContain('lies in the store')
  })

  test('of a run in which nothing had to run has the curves of the run that trained', () => {
    expect(made.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
    const page = made.llmpipe(['report', 'p.llmpipe', '-o', '-']).stdout
    expect(page).toContain('Nothing had to run')
    expect(page).toContain('<figcaption>Loss</figcaption>')
    expect(page).toContain('<h2 id="samples-title">')
  })

  test('shows an earlier run with --run', () => {
    const runs = JSON.parse(made.llmpipe(['log', '--json']).stdout) as { run: string }[]
    const page = made.llmpipe(['report', 'p.llmpipe', '--run', runs[0]!.run, '-o', '-']).stdout
    expect(page).toContain(`run <code>${runs[0]!.run}</code>`)
    expect(page).not.toContain('Nothing had to run')
    expect(made.llmpipe(['report', 'p.llmpipe', '--run', 'nope']).code).toBe(2)
  })

  test('says what a store that was collected has lost', () => {
    rmSync(join(made.folder, '.llmpipe/objects'), { recursive: true })
    const page = made.llmpipe(['report', 'p.llmpipe', '-o', '-']).stdout
    expect(page).toContain('The store no longer has everything')
    rmSync(join(made.folder, '.llmpipe/actions'), { recursive: true })
    const { code, stdout } = made.llmpipe(['report', 'p.llmpipe', '-o', '-'])
    expect(code).toBe(0)
    expect(stdout).toContain('its record, with its curves and its log')
    expect(stdout).toContain('data-of="base valid_loss"')
  })
})

test('a failed run has a page that begins with the failure', () => {
  const made = project({
    'p.llmpipe':
      'data d = read("data/*.txt", split: paragraphs) |> keep(where: words > 1_000)\ntokenizer t = characters(d)\n',
    'data/book.txt': prose,
  })
  expect(made.llmpipe(['run', 'p.llmpipe']).code).toBe(1)
  const { code, stdout } = made.llmpipe(['report', 'p.llmpipe', '-o', '-'])
  expect(code).toBe(0)
  expect(stdout).toContain('none of 40 documents is left')
  expect(stdout.indexOf('What failed')).toBeLessThan(stdout.indexOf('>Stages</h2>'))
  // What the stage dropped until then is known too.
  expect(stdout).toContain('keep: words &gt; 1_000')
})

test('a program that never ran is refused with the command that runs it', () => {
  const made = project({ 'p.llmpipe': 'tokenizer t = bytes()\n' })
  const { code, stderr } = made.llmpipe(['report', 'p.llmpipe'])
  expect(code).toBe(2)
  expect(stderr).toContain('error: p.llmpipe has never run with the store')
  expect(stderr).toContain('help: Run it: llmpipe run p.llmpipe\n')
  expect(made.llmpipe(['report', 'q.llmpipe']).stderr).toBe('error: there is no program q.llmpipe\n')
})

test('a run under way, and the log of an earlier version without its plan, have pages', () => {
  const made = project({ 'p.llmpipe': 'tokenizer t = bytes()\n' })
  expect(made.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
  const [run = ''] = readdirSync(join(made.folder, '.llmpipe/runs'))
  const log = join(made.folder, '.llmpipe/runs', run, 'events.jsonl')
  // A process that is alive, named as earlier versions did; nothing ended yet.
  const events = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => /run-started|planned|"started"/.test(line))
  writeFileSync(
    log,
    events
      .map((line) => `${JSON.stringify({ ...JSON.parse(line), process: undefined, pid: process.pid, cpus: 1 })}\n`)
      .join(''),
  )
  rmSync(join(made.folder, '.llmpipe/runs', run, 'plan.json'))
  const { code, stdout } = made.llmpipe(['report', 'p.llmpipe', '-o', '-'])
  expect(code).toBe(0)
  expect(stdout).toContain('The run was under way when this page was made')
  expect(stdout).toContain('<span class="outcome">running</span>')
})

test('the path of a store elsewhere is not in the page', () => {
  const elsewhere = project({})
  const made = project({ 'p.llmpipe': 'tokenizer t = bytes()\n' })
  const store = join(elsewhere.folder, 'store')
  expect(made.llmpipe(['run', 'p.llmpipe', '--store', store]).code).toBe(0)
  const { code, stdout } = made.llmpipe(['report', 'p.llmpipe', '--store', store, '-o', '-'])
  expect(code).toBe(0)
  expect(stdout).toContain('<code>llmpipe run p.llmpipe --store STORE</code>')
  expect(stdout).not.toContain(elsewhere.folder)
})

test('a folder and an empty name of a file are refused with the way out', () => {
  const made = project({ 'p.llmpipe': 'tokenizer t = bytes()\n', 'data/x.txt': 'x' })
  expect(made.llmpipe(['report', 'data']).stderr).toBe(
    'error: data is not a program but a folder\n  help: Name the program: a .llmpipe file.\n',
  )
  expect(made.llmpipe(['report', 'p.llmpipe', '-o', '']).stderr).toBe(
    'error: -o needs the name of a file\n  help: For example: -o report.html.\n',
  )
})

test('credentials and home folders are not in the page', async () => {
  const { withoutPrivate } = await import('../../../src/cli/report/private.ts')
  const clean = withoutPrivate('/home/ada/project', '/home/ada')
  expect(clean(['at /home/ada/project/data/x.txt', 'in /home/ada/.cache', '/home/adam/x', '/home/ada'])).toEqual([
    'at ./data/x.txt',
    'in ~/.cache',
    '/home/adam/x',
    '~',
  ])
  expect(clean({ url: 'https://ada:secret@host/x?token=abc&y=1' })).toEqual({ url: 'https://…@host/x?token=…&y=1' })
  expect(clean('key AKIAABCDEFGHIJKLMNOP')).toBe('key …')
})
