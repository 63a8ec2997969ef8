/** The files of a new project, by template. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from './package.ts'

export const templates = ['pretrain', 'finetune', 'align', 'data', 'sweep', 'stage'] as const
export type Template = (typeof templates)[number]

/** The data of each template, and other files beside the program. */
const others: Readonly<Record<Template, readonly (keyof typeof contents)[]>> = {
  pretrain: ['data/moby-dick.txt'],
  finetune: ['data/questions.jsonl'],
  align: ['data/preferences.jsonl'],
  data: ['data/moby-dick.txt'],
  sweep: ['data/moby-dick.txt'],
  stage: ['data/moby-dick.txt', 'stage.ts'],
}

/** The stage of each template that writes text. */
export const writers: Readonly<Record<Template, string | undefined>> = {
  pretrain: 'base',
  finetune: 'chat',
  align: 'aligned',
  data: undefined,
  sweep: 'winner',
  stage: undefined,
}

const contents = {
  'data/moby-dick.txt': chapters,
  'data/questions.jsonl': () => records(({ a, b }) => ({ question: `What is ${a} + ${b}?`, answer: `${a + b}` })),
  'data/preferences.jsonl': () =>
    records(({ a, b }) => ({
      question: `What is ${a} + ${b}?`,
      chosen: `${a} + ${b} is ${a + b}.`,
      rejected: `${a + b} is ${a}.`,
    })),
  'stage.ts': () => templateFile('stage.ts'),
} as const

/** The files that a template writes, by their path in the project. */
export function starterFiles(template: Template): ReadonlyMap<string, string> {
  return new Map([
    ['pipeline.llmpipe', templateFile(`${template}.llmpipe`)],
    ...others[template].map((name) => [name, contents[name]()] as const),
    ['AGENTS.md', templateFile('AGENTS.md')],
    ['.gitignore', '.llmpipe/\nout/\n'],
  ])
}

/** The paths of a template that exist in a folder already. */
export function existingFiles(folder: string, template: Template): string[] {
  return [...starterFiles(template).keys()].map((name) => join(folder, name)).filter((path) => existsSync(path))
}

export function writeStarter(folder: string, template: Template): void {
  for (const [name, text] of starterFiles(template)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

function templateFile(name: string): string {
  return readFileSync(join(packageRoot, 'pipelines/templates', name), 'utf8')
}

/** The first chapters of Moby-Dick, which is in the public domain: enough text for a run of a minute. */
function chapters(): string {
  const book = readFileSync(join(packageRoot, 'pipelines/data/prose/moby-dick.txt'), 'utf8')
  const start = book.indexOf('Call me Ishmael')
  return `${book.slice(start, book.indexOf('\n\n', start + 150_000))}\n`
}

/** A line of JSON for each sum of two numbers below 15. */
function records(of: (sum: { readonly a: number; readonly b: number }) => object): string {
  const numbers = Array.from({ length: 15 }, (_, n) => n)
  return numbers.flatMap((a) => numbers.map((b) => `${JSON.stringify(of({ a, b }))}\n`)).join('')
}
