/** The evidence about a run that does not end, as text for people: the queue, the claims, the jobs of the store, the processes. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isFolderName, JobFolder } from '../../src/run/executors/slurm/job/job-folder.ts'
import type { Cluster } from './cluster.ts'
import { processesWith } from './processes.ts'

/** Lines about a cluster and a store on it. To be called while the processes still run. */
export async function evidenceOf(cluster: Cluster, root: string): Promise<string[]> {
  const queue = await cluster.run('squeue', '--all', '--array', '--states=all', '--format=%i %T %r %N %j %k')
  const nodes = await cluster.run('sinfo', '--Node', '--partition=main', '--format=%N %T %E')
  return [
    '--- queue',
    ...linesOf(`${queue.stdout}${queue.stderr}`),
    '--- nodes',
    ...linesOf(`${nodes.stdout}${nodes.stderr}`),
    '--- claims',
    ...namesIn(join(root, 'work')).flatMap((key) => claimsOf(join(root, 'work', key), key.slice(0, 16))),
    '--- jobs',
    ...namesIn(join(root, 'jobs'))
      .filter(isFolderName)
      .flatMap((name) => jobIn(new JobFolder(root, name))),
    '--- processes',
    ...processesWith(cluster.folder).map(({ pid, command }) => `${pid} ${stateOf(pid)} ${command.slice(0, 200)}`),
    '--- controller',
    ...linesOf(cluster.log('controller')).slice(-20),
  ]
}

/** The files by which attempts at a key were claimed, with their age and content. */
function claimsOf(work: string, key: string): string[] {
  return namesIn(work)
    .filter((name) => name.startsWith('attempt-'))
    .map((name) => `${key} ${name} ${ageOf(join(work, name))} ${textOf(join(work, name)).trim()}`)
}

/** A job of the store: whose it is, its files with their age, its end, its last events and the end of its output. */
function jobIn(folder: JobFolder): string[] {
  const { path, array } = folder
  const ofArray = array === undefined ? '' : ` task ${array.index} of ${array.name}`
  const files = namesIn(path).map((name) => `${name} ${ageOf(join(path, name))}`)
  return [
    `${folder.name} ${folder.job()?.work.node.name ?? 'without job.json'}${ofArray}: ${files.join(', ')}`,
    ...[folder.end()].flatMap((end) => (end === undefined ? [] : [`  end: ${JSON.stringify(end).slice(0, 400)}`])),
    ...linesOf(textOf(folder.events))
      .slice(-3)
      .map((line) => `  event: ${line.slice(0, 300)}`),
    ...folder.lastOutput(5).map((line) => `  output: ${line.slice(0, 300)}`),
  ]
}

/** How long ago a file was touched. */
function ageOf(path: string): string {
  const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return time === undefined ? '(gone)' : `(${((Date.now() - time) / 1_000).toFixed(0)} s)`
}

/** The state of a process, its parent, and the function of the kernel that it waits in. */
function stateOf(pid: number): string {
  const [state = '?', parent = '?'] = textOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ')
  return `${state} parent ${parent} in ${textOf(`/proc/${pid}/wchan`) || '?'}`
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The text of a file; empty if it is not there any more. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
