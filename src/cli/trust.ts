/** Projects whose own commands may be run: each has been looked at and trusted once, by the person whose machine it is. */

import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Plan, PlanNode } from '../core/plan.ts'
import { Refusal } from './refusal.ts'

/** Outside every project, so that none can trust itself. */
function listFile(): string {
  const state = process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state')
  return join(state, 'llmpipe', 'trusted.json')
}

function trusted(): readonly string[] {
  try {
    const list: unknown = JSON.parse(readFileSync(listFile(), 'utf8'))
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
  } catch {
    // Not there, or damaged: then nothing is trusted.
    return []
  }
}

/** The stages of a plan that run code of the project. */
export function ownCode({ nodes }: Plan): PlanNode[] {
  return nodes.filter(({ kind, code }) => kind === 'shell' || code !== undefined)
}

/** What such a stage runs, in words. */
export function whatRuns({ name, params, code }: PlanNode): string {
  return `${name} runs: ${code === undefined ? String(params.command) : code.sources.map((each) => each.name).join(', ')}`
}

/** Whether the folder of a program, or one around it, was trusted. */
export function isTrusted(file: string): boolean {
  const folder = realpathSync(resolve(dirname(file)))
  return trusted().some((each) => folder === each || folder.startsWith(`${each}/`))
}

/** A Refusal where a program runs code of its own in a folder that is not trusted. */
export function checkTrust(file: string, plan: Plan): void {
  const own = ownCode(plan)
  if (own.length === 0 || isTrusted(file)) return
  throw new Refusal(
    `${file} runs commands of its own, and this project is not trusted yet`,
    `${own.map(whatRuns).join('; ')}. If that is fine: llmpipe trust ${file}`,
  )
}

/** Trusts the folder of a program, and what is below it, from now on. Returns it. */
export function trust(file: string): string {
  const folder = realpathSync(resolve(dirname(file)))
  const path = listFile()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify([...new Set([...trusted(), folder])].sort(), undefined, 1)}\n`, { mode: 0o600 })
  return folder
}
