/**
 * The Slurm of a site: the field `slurm` of a site file. Nothing of it is part of a key: it decides where stages run, and never what they
 * make.
 */

/** A text of these units: `90s`, `30m`, `4h`, `7d`. */
export type DurationText = string
/** A text of these units: `512MiB`, `64GiB`, `2TiB`. */
export type MemoryText = string

/** Fields that hold for every job, or for those of one partition. */
export interface JobFields {
  readonly account?: string
  readonly qos?: string
  readonly constraint?: string
  /** The time limit of a job. A stage that takes longer saves its work, and another job continues it. */
  readonly time?: DurationText
}

/** A partition, and the largest stages that are sent to it. */
export interface Partition extends JobFields {
  readonly name: string
  /** Unlimited if absent. */
  readonly cpus?: number
  readonly memory?: MemoryText
  /** 0 if absent: stages with GPUs are not sent there. */
  readonly gpus?: number
}

/** The job arrays that make the parts of a stage. */
export interface ArrayFields {
  /** The input of one task. 512MiB if absent. */
  readonly bytes?: MemoryText
  /** The most tasks of a stage. 256 if absent. */
  readonly tasks?: number
  /** The most tasks of a stage that run at once. No limit if absent. */
  readonly atOnce?: number
}

export interface SlurmSite extends JobFields {
  /** The first that a stage fits is taken. The default partition of the cluster if absent. */
  readonly partitions?: readonly Partition[]
  /** How GPUs are asked for: `--gres gpu:2` or `--gpus 2`. `gres` if absent. */
  readonly gpuRequest?: 'gres' | 'gpus'
  /** The type of GPU to ask for: `a100` in `gpu:a100:2`. */
  readonly gpuType?: string
  /** How long before its time limit a job is asked to save its work. 2 minutes if absent. */
  readonly grace?: DurationText
  /** The most jobs in the queue at once. 100 if absent. */
  readonly jobs?: number
  /** The most jobs that are submitted in a minute. 120 if absent. */
  readonly submitsPerMinute?: number
  /** How the parts of a stage are spread over the nodes; `false`: the job of the stage makes them all. */
  readonly arrays?: ArrayFields | false
  /** Modules that a job loads (`module load`) before anything else. */
  readonly modules?: readonly string[]
  /** Lines of bash that a job runs after its modules were loaded. */
  readonly prologue?: readonly string[]
  /** The command of llmpipe on the nodes, if it differs from that of the machine that submits: `["/opt/node/bin/node", "/opt/llmpipe/dist/llmpipe.js"]`. */
  readonly command?: readonly string[]
  /** Further arguments of `sbatch`. */
  readonly arguments?: readonly string[]
}

/** The fields by which a site file runs commands: those of a project have to be trusted. */
export const fieldsThatRun = ['modules', 'prologue', 'command', 'arguments'] as const

const word = { type: 'string', pattern: '^[^\\s,]+$' }
const words = { type: 'string', pattern: '^\\S+$' }
const lines = { type: 'array', items: { type: 'string' } }
const duration = { type: 'string', pattern: '^[1-9]\\d*(s|m|h|d)$' }
const memory = { type: 'string', pattern: '^[1-9]\\d*(MiB|GiB|TiB)$' }
const count = { type: 'integer', minimum: 1 }
const jobFields = { account: word, qos: word, constraint: words, time: duration }

/** The JSON Schema of `SlurmSite`. */
export const slurmSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...jobFields,
    partitions: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: { ...jobFields, name: word, cpus: count, memory, gpus: { type: 'integer', minimum: 0 } },
      },
    },
    gpuRequest: { enum: ['gres', 'gpus'] },
    gpuType: word,
    grace: duration,
    jobs: count,
    submitsPerMinute: count,
    arrays: {
      anyOf: [
        { const: false },
        {
          type: 'object',
          additionalProperties: false,
          properties: { bytes: memory, tasks: count, atOnce: count },
        },
      ],
    },
    modules: { type: 'array', items: words },
    prologue: lines,
    command: { ...lines, minItems: 1 },
    arguments: { type: 'array', items: { type: 'string', pattern: '^-' } },
  },
} as const

const secondsOfUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** The seconds in a text that the schema accepts. */
export function secondsIn(text: DurationText): number {
  return Number(text.slice(0, -1)) * (secondsOfUnit[text.at(-1) ?? ''] ?? Number.NaN)
}

const mebibytesOfUnit: Readonly<Record<string, number>> = { MiB: 1, GiB: 1024, TiB: 1024 ** 2 }

/** The bytes in a text that the schema accepts. */
export function bytesIn(text: MemoryText): number {
  return Number(text.slice(0, -3)) * (mebibytesOfUnit[text.slice(-3)] ?? Number.NaN) * 1024 ** 2
}
