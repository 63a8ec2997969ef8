/** The partitions of a Slurm cluster, from the output of sinfo. */

export interface PartitionState {
  readonly name: string
  readonly isDefault: boolean
  /** `up`, or `down`, `drain`, `inactive`: then no job starts. */
  readonly state: string
  /** The time limit as Slurm writes it: `7-00:00:00`, `infinite`. */
  readonly limit: string
  readonly nodes: number
  /** Nodes that are down, drained or do not respond. */
  readonly unavailable: number
  /** The CPUs of the largest node. */
  readonly cpus: number
  /** The memory of the largest node in bytes. */
  readonly memory: number
  /** The GPUs of a node as Slurm writes them, one text for each kind of node that has some: `gpu:a100:4`. */
  readonly gpus: readonly string[]
}

/** Reads lines of `sinfo --format=%R|%a|%l|%D|%T|%c|%m|%G|%P`: one for each group of equal nodes of a partition. */
export function partitionsIn(output: string): PartitionState[] {
  const partitions = new Map<string, PartitionState>()
  for (const line of output.split('\n')) {
    const [name = '', state = '', limit = '', nodes, nodeState = '', cpus, memory, gres = '', starred = ''] = line
      .trim()
      .split('|')
    if (starred === '') continue
    const count = Number(nodes)
    // `2+` if equal groups of nodes differ in it.
    const least = (field: string | undefined) => Number.parseInt(field ?? '', 10) || 0
    const isUnavailable = /down|drain|fail|maint|unknown|no_respond|power/i.test(nodeState) || nodeState.endsWith('*')
    const former = partitions.get(name)
    const gpus = gpusIn(gres)
    partitions.set(name, {
      name,
      isDefault: starred.endsWith('*'),
      state,
      limit,
      nodes: (former?.nodes ?? 0) + count,
      unavailable: (former?.unavailable ?? 0) + (isUnavailable ? count : 0),
      cpus: Math.max(former?.cpus ?? 0, least(cpus)),
      memory: Math.max(former?.memory ?? 0, least(memory) * 1024 ** 2),
      gpus: [...new Set([...(former?.gpus ?? []), ...gpus])],
    })
  }
  return [...partitions.values()]
}

/** `gpu:a100:4(S:0-1),nic:2` has `gpu:a100:4`. */
function gpusIn(gres: string): string[] {
  return gres
    .replaceAll(/\([^)]*\)/g, '')
    .split(',')
    .filter((each) => /^gpu(:|$)/.test(each))
}
