/** The processes of the cluster of the tests. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The processes, on whatever machine of the cluster in `folder`, that know its configuration, and in whose environment `variable` is (`NAME=value`). */
export function processesWith(folder: string, variable = ''): { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const variables = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0')
      const isOurs = variables.includes(`SLURM_CONF=${join(folder, 'slurm.conf')}`)
      if (!isOurs || (variable !== '' && !variables.includes(variable))) return []
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return [{ pid: Number(name), command }]
    } catch {
      return []
    }
  })
}
