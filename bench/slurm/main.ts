/**
 * Small steps as jobs of Slurm, compared with Snakemake's executor for Slurm on the same cluster and the same graph.
 *
 *     npm run bench slurm -- [--stages N] [--rounds N] [--nodes N] [--cpus N] [--snakemake FOLDER]
 *
 * The steps are those of the benchmark `runner`: each copies a small file and adds a line; there are 220 by default. The cluster is one on this host
 * (test/slurm/cluster.ts): 4 nodes with 8 CPUs each by default, so that 32 jobs run at once. Both tools may have as many jobs in the queue as there are steps, and ask
 * for 1 CPU and 100 MiB for each. Snakemake looks at its jobs with squeue, as it does without accounting, and for the first time after 1 second instead
 * of 40. It is measured if `--snakemake` names a folder of programs with it and its plugin for Slurm.
 */

import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCluster } from '../../test/slurm/cluster.ts'
import { machine, median, timed } from '../measure.ts'
import { llmpipe, snakemake, type Tool, writeInputs } from '../runner/tools.ts'

const { values: flags } = parseArgs({
  options: {
    stages: { type: 'string', default: '220' },
    rounds: { type: 'string', default: '3' },
    nodes: { type: 'string', default: '4' },
    cpus: { type: 'string', default: '8' },
    snakemake: { type: 'string' },
  },
})
const rounds = Number(flags.rounds)
const chains = Math.ceil(Number(flags.stages) / 4)
const cpus = Number(flags.cpus)

const cluster = await startCluster({ nodes: Number(flags.nodes), cpus, memory: cpus * 1024 })
try {
  process.env.XDG_STATE_HOME = join(cluster.folder, 'home')
  process.env.SLURM_CONF = cluster.env.SLURM_CONF
  process.env.PATH = `${commands(cluster.folder)}:${process.env.PATH}`
  const all = [
    llmpipe(['--executor', 'slurm']),
    ...(flags.snakemake === undefined ? [] : [snakemakeOnSlurm(flags.snakemake)]),
  ]
  console.log(
    `${machine()}; ${flags.nodes} nodes with ${cpus} CPUs; ${4 * chains} steps, medians of ${rounds} rounds\n`,
  )
  const times = new Map<Tool, number[]>(all.map((tool) => [tool, []]))
  for (let round = 0; round < rounds; round++) for (const tool of all) times.get(tool)!.push(firstRun(tool))
  const ours = times.get(all[0]!)!
  console.table(
    Object.fromEntries(
      all.map((tool) => {
        const own = times.get(tool)!
        const ratio = median(own.map((time, round) => time / ours[round]!))
        const name = `${tool.name} ${tool.version()}`
        return [name, { 'first run': `${(median(own) / 1000).toFixed(1)} s`, 'times llmpipe': ratio.toFixed(1) }]
      }),
    ),
  )
} finally {
  await cluster.stop()
}

/** The time of a run in a new folder, in milliseconds. */
function firstRun(tool: Tool): number {
  const folder = mkdtempSync(join(cluster.folder, `${tool.name}-`))
  writeInputs(folder, chains)
  tool.prepare(folder, chains)
  writeFileSync(
    join(folder, 'llmpipe.site.json'),
    JSON.stringify({ slurm: { jobs: 4 * chains, submitsPerMinute: 60_000 } }),
  )
  return timed(() => tool.run(folder))
}

function snakemakeOnSlurm(bin: string): Tool {
  return snakemake(bin, [
    '--executor=slurm',
    `--jobs=${4 * chains}`,
    '--slurm-no-account',
    '--slurm-status-command=squeue',
    '--slurm-init-seconds-before-status-checks=1',
    '--default-resources',
    'slurm_partition=main',
    'mem_mb=100',
    'runtime=5',
  ])
}

/** A folder with commands of Slurm that speak to the cluster also without SLURM_CONF, which Snakemake removes from the environment of a job. */
function commands(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const name of ['sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo', 'sacct', 'srun']) {
    writeFileSync(join(bin, name), `#!/bin/sh\nSLURM_CONF=${cluster.env.SLURM_CONF} exec /usr/bin/${name} "$@"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return bin
}
