/** The commands and the files of code that a project brings, each with a digest of everything that decides what it does. */

import { resolve } from 'node:path'
import type { CustomSource } from '../../core/kind/custom.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { canonical, type Json } from '../../core/values/json.ts'
import { sanitize } from '../../core/values/printable.ts'
import { sha256 } from '../../core/values/sha256.ts'
import { inputFiles } from '../../store/inputs/input-files.ts'
import { StatCache } from '../../store/inputs/stat-cache.ts'
import { count } from '../../view/format.ts'

export interface CustomRun {
  /** For a command, the digest of its text, its variables and the contents of its files; for code, that of the executed text. */
  readonly digest: string
  /** One line with the stage and its command or files: `loud runs: sh tools/loud.sh`. */
  readonly short: string
  /** Everything that a person has to read before trusting it, as lines without control characters. */
  readonly lines: readonly string[]
}

/** The commands and the code of the stages of a plan, without repetitions. `folder` is that of the program, `root` that of the store. */
export async function customRuns({ nodes }: Plan, folder: string, root: string): Promise<CustomRun[]> {
  const cache = new StatCache(root)
  const found = new Map<string, CustomRun>()
  for (const node of nodes) {
    const run = node.code !== undefined ? codeRun(node, node.code) : await commandRun(node, folder, cache)
    if (run !== undefined && !found.has(run.digest)) found.set(run.digest, run)
  }
  cache.save()
  return [...found.values()]
}

function codeRun({ name, code: _, hints }: PlanNode, { bundle, sources }: NonNullable<PlanNode['code']>): CustomRun {
  const names = sources.map((each) => each.name).join(', ')
  const passed = stringsOf(hints.pass)
  // As for commands, the variables that code receives decide what it may do.
  return {
    digest: passed.length === 0 ? bundle : sha256(canonical({ bundle, pass: passed })),
    short: sanitize(`${name} runs: ${names}`, { all: true }),
    lines: [shown(`${name}: stages in ${names}`), ...passLines(passed)],
  }
}

async function commandRun(node: PlanNode, folder: string, cache: StatCache): Promise<CustomRun | undefined> {
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

/** Files of code as lines to read, before any of them is loaded. */
export function sourceLines(file: string, sources: readonly CustomSource[]): string[] {
  return [
    shown(`stages in ${file}, which loads:`),
    ...sources.map(({ name, size, sha256: digest }) => `  file ${shown(name)} (${size} bytes, ${digest.slice(0, 12)})`),
  ]
}

/** A line for each variable of the user's environment that a stage receives. */
function passLines(names: readonly string[]): string[] {
  return names.map((name) => {
    const isSet = process.env[name] !== undefined
    return `  receives your variable ${shown(name)} (${isSet ? 'set now' : 'not set now'})`
  })
}

/** The files of a command with the digests of their contents; empty while files are missing, which changes the digest of the command. */
async function filesOf(node: PlanNode, folder: string, cache: StatCache) {
  try {
    return (await inputFiles(node, resolve(folder), cache)).files.files ?? []
  } catch {
    // The stage will report the missing files when it runs.
    return []
  }
}

function stringsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
}

/** The number of lines of a command that does not fit a screen, else an empty text. */
function inLines(command: string): string {
  const lines = command.split('\n').length
  return lines > 20 ? ` of ${count(lines)} lines` : ''
}

/** A text made safe to read: nothing in it acts on the terminal, and no white space pushes the rest out of sight. */
function shown(text: string): string {
  return sanitize(text, { all: true }).replace(/\s{40,}/g, (blank) => ` (${blank.length} spaces) `)
}
