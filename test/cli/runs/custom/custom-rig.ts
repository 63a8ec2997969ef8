/** Projects with custom stages, for the tests of custom stages: made in temporary folders, and removed after the tests of a file. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Event, eventsIn, makeProject, type Project } from '../../rig.ts'

const before = process.env.XDG_STATE_HOME
beforeAll(() => {
  process.env.XDG_STATE_HOME = mkdtempSync(join(tmpdir(), 'llmpipe-state-'))
})
const projects: Project[] = []
afterAll(() => {
  for (const each of projects) each.remove()
  rmSync(process.env.XDG_STATE_HOME!, { recursive: true, force: true })
  if (before === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = before
})

export const program = `use "./shout.ts" { shout }
use "./quiet.mjs" { quiet }
data words = read("words.txt", split: lines)
data loud = words |> shout(mark: "?")
data soft = words |> quiet()
data kept = loud |> keep(where: characters >= 1)
`
export const shout = `import { defineStep } from 'llmpipe'
import { up } from './lib/up.ts'

export const shout = defineStep({
  summary: 'Makes documents loud.',
  settings: { mark: { type: 'string', default: '!', description: 'What is put behind each.' } },
  map: (doc, { mark }) => ({ ...doc, text: up(doc.text) + mark }),
})
`
export const up = 'export const up = (text: string): string => text.toUpperCase()\n'
export const quiet = `import { defineStep } from 'llmpipe'
export const quiet = defineStep({ summary: 'Makes documents quiet.', map: (doc) => ({ ...doc, text: doc.text + '.' }) })
`
export const files = {
  'a.llmpipe': program,
  'words.txt': 'one\ntwo\n',
  'shout.ts': shout,
  'lib/up.ts': up,
  'quiet.mjs': quiet,
}

export function project(given: Readonly<Record<string, string>> = files): Project {
  const made = makeProject(given)
  projects.push(made)
  return made
}

/** A project that is trusted as it is, also where it has errors. */
export function trusted(given: Readonly<Record<string, string>> = files): Project {
  const made = project(given)
  made.llmpipe(['trust', '--yes', 'a.llmpipe'])
  return made
}

/** Trusts a program as it is now, and runs it. */
export function run(made: Project, args: readonly string[]): ReturnType<Project['events']> {
  made.llmpipe(['trust', '--yes', args[0]!])
  return made.events(args)
}

/** A project with one file of stages, and what of it is called. */
export function withStages(code: string, calls: string, more: Readonly<Record<string, string>> = {}): Project {
  const names = [...code.matchAll(/export const (\w+)/g)].map(([, name]) => name)
  return trusted({
    'a.llmpipe': `use "./own.ts" { ${names.join(', ')} }\n${calls}`,
    'own.ts': code,
    'words.txt': 'one\ntwo\nthree\n',
    ...more,
  })
}

export const read = 'data words = read("words.txt", split: lines)\n'

export function linesOf(
  made: Project,
  events: readonly Event[],
  stage: string,
  stem = 'docs',
): Record<string, unknown>[] {
  const end = events.find(({ event, stage: each }) => (event === 'finished' || event === 'cached') && each === stage)
  const digest = end?.digest as string
  return readFileSync(join(made.folder, '.llmpipe/objects', digest.slice(0, 2), digest, `${stem}-00000.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
export const textsOf = (made: Project, events: readonly Event[], stage: string) =>
  linesOf(made, events, stage).map(({ text }) => text)

export function failure(made: Project): { readonly code: string; readonly message: string; readonly detail?: string } {
  const { code, stdout, stderr } = made.llmpipe(['run', 'a.llmpipe', '--json'])
  expect(code, stderr).toBe(1)
  return eventsIn(stdout).find(({ event }) => event === 'failed')?.error as never
}

export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((soon) => setTimeout(soon, 20))
}
