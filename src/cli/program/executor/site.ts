/**
 * The site file: which executor runs the stages, and what the cluster of the site wants to know. It lies outside of programs, so that a program runs on
 * every site, and nothing of it is part of a key.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sanitize } from '../../../core/values/printable.ts'
import { sha256 } from '../../../core/values/sha256.ts'
import { configFolder, disbelief } from '../../../process/home.ts'
import { fieldsThatRun, type SlurmSite } from '../../../run/executors/slurm/site.ts'
import { Refusal } from '../../terminal/refusal.ts'
import type { CustomRun } from '../custom-code.ts'
import type { ExecutorName } from './executor-names.ts'

export interface Site {
  /** The executor of a run without `--executor`. */
  readonly executor?: ExecutorName
  readonly slurm?: SlurmSite
}

const siteFile = 'llmpipe.site.json'

/**
 * The site of a program: `llmpipe.site.json` beside it, or else in the configuration folder of the user; empty if there is neither. Throws a Refusal if
 * the file is not valid.
 */
export async function siteFor(folder: string): Promise<Site> {
  const path = sitePath(folder)
  return path === undefined ? {} : readSite(path)
}

/** The commands that the site file of a project runs on the nodes. The file of the user is trusted, unless others can write to it. */
export async function siteRuns(folder: string): Promise<CustomRun[]> {
  const path = projectPath(folder)
  if (!existsSync(path)) return []
  const { slurm = {} } = await readSite(path)
  const running = fieldsThatRun.flatMap((field) => (slurm[field] === undefined ? [] : [[field, slurm[field]] as const]))
  if (running.length === 0) return []
  return [
    {
      digest: sha256(JSON.stringify(running)),
      short: sanitize(`${siteFile} runs commands on the nodes (${running.map(([field]) => field).join(', ')})`, {
        all: true,
      }),
      lines: [
        `${siteFile}: commands and arguments of the jobs`,
        ...running.flatMap(([field, lines]) => lines.map((line) => sanitize(`  ${field} | ${line}`, { all: true }))),
      ],
    },
  ]
}

function projectPath(folder: string): string {
  return join(resolve(folder), siteFile)
}

function sitePath(folder: string): string | undefined {
  const own = projectPath(folder)
  if (existsSync(own)) return own
  const config = configFolder()
  const users = config === undefined ? undefined : join(config, siteFile)
  if (users === undefined || !existsSync(users)) return undefined
  const reason = disbelief(users)
  if (reason !== undefined)
    throw new Refusal(`${users} is not used: ${reason}`, 'Only you may be able to write to it: chmod go-w.')
  return users
}

async function readSite(path: string): Promise<Site> {
  let site: unknown
  try {
    site = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Refusal(
      `${path} cannot be read: ${(error as Error).message}`,
      'It is a file of JSON; docs/guide/cluster.md has an example.',
    )
  }
  // Loaded only here: most programs have no site file.
  const { checkedSite } = await import('./site-check.ts')
  return checkedSite(path, site)
}
