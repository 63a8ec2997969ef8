/** What programs run that is the project's own: commands and files of code, with a digest of all that decides what each does. */

import { resolve } from 'node:path'
import type { CustomSource } from '../../core/custom.ts'
import { canonical, type Json } from '../../core/json.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { sanitize } from '../../core/printable.ts'
import { sha256 } from '../../core/sha256.ts'
import { inputFiles } from '../../store/inputs/input-files.ts'
import { StatCache } from '../../store/inputs/stat-cache.ts'

export interface OwnRun {
  /** Of the command, its variables and the contents of its files; of code, that of the text which is executed. */
  readonly digest: string
  /** The stage and what it runs, in one line: `loud runs: sh tools/loud.sh`. */
  readonly short: string
  /** All there is to read, for a person who decides; lines without control characters. */
  readonly lines: readonly string[]
}

/** What the stages of a plan run, each thing once. `folder` is that of the program, `root` that of the store. */
export async function ownRuns({ nodes }: Plan, folder: string, root: string): Promise<OwnRun[]> {
  const cache = new StatCache(root)
  const found = new Map<string, OwnRun>()
  for (const node of nodes) {
    const run = node.code !== undefined ? codeRun(node, node.code) : await commandRun(node, folder, cache)
    if (run !== undefined && !found.has(run.digest)) found.set(run.digest, run)
  }
  cache.save()
  return [...found.values()]
}

function codeRun({ name, code: _, hints }: PlanNode, { bundle, sources }: NonNullable<PlanNode['code']>): OwnRun {
  const names = sources.map((each) => each.name).join(', ')
  const passed = stringsOf(hints.pass)
  // The values of variables that code is handed are part of what it may do, as they are for commands.
  return {
    digest: passed.length === 0 ? bundle : sha256(canonical({ bundle, pass: passed })),
    short: sanitize(`${name} runs: ${names}`, { all: true }),
    lines: [shown(`${name}: stages in ${names}`), ...passLines(passed)],
  }
}

async function commandRun(node: PlanNode, folder: string, cache: StatCache): Promise<OwnRun | undefined> {
  if (node.kind !== 'shell') return undefined
  const { name, params, hints, span } = node
  const command = String(params.command)
  const [env, pass] = [stringsOf(params.env), stringsOf(hints.pass)]
  const files = await filesOf(node, folder, cache)
  const identity: Json = { command, env, pass, files: files.map((file) => [file.name, file.sha256]) }
  return {
    digest: sha256(canonical(identity)),
    short: sanitize(`${name} runs: ${command}`, { all: true }),
    lines: [
      shown(`${name}: a command${inLines(command)} (${span.file}:${span.line})`),
      ...command.split('\n').map((line) => `  | ${shown(line)}`),
      ...files.map((file) => `  file ${shown(file.name)} (${file.size} bytes, ${file.sha256.slice(0, 12)})`),
      ...env.map((each) => `  with ${shown(each)}`),
      ...passLines(pass),
    ],
  }
}

/** Files of code by themselves, before anything of them is loaded. */
export function sourceLines(file: string, sources: readonly CustomSource[]): string[] {
  return [
    shown(`stages in ${file}, which loads:`),
    ...sources.map(({ name, size, sha256: digest }) => `  file ${shown(name)} (${size} bytes, ${digest.slice(0, 12)})`),
  ]
}

/** Variables of the user that it is handed. */
function passLines(names: readonly string[]): string[] {
  return names.map((name) => {
    const isSet = process.env[name] !== undefined
    return `  is handed your variable ${shown(name)} (${isSet ? 'set now' : 'not set now'})`
  })
}

/** The contents of its files as they are; files that are not there yet make another digest than those that are. */
async function filesOf(node: PlanNode, folder: string, cache: StatCache) {
  try {
    return (await inputFiles(node, resolve(folder), cache)).files.files ?? []
  } catch {
    // Not there: the stage will fail, and say so.
    return []
  }
}

function stringsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
}

/** How long a command is that does not fit a screen. */
function inLines(command: string): string {
  const count = command.split('\n').length
  return count > 20 ? ` of ${count.toLocaleString('en-US')} lines` : ''
}

/** A text as it is read: nothing acts on the terminal, and no white space pushes the rest out of sight. */
function shown(text: string): string {
  return sanitize(text, { all: true }).replace(/\s{40,}/g, (blank) => ` (${blank.length} times a space) `)
}
