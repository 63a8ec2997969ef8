/** Loads files of custom stages for the compiler, if the user trusts them as they are. */

import type { CustomFile, CustomProblem } from '../../core/kind/custom-file.ts'
import type { SettingSchema } from '../../core/kind/setting.ts'
import { stageEnvironment } from '../../core/values/environment.ts'
import type { DescribeCall, Described } from '../../custom/describe.ts'
import { describeFile, loadCustom } from '../../custom/load.ts'
import { executionSettings, withExecution } from '../../stages/shared/execution-settings.ts'
import { build } from '../build.ts'
import { describeCommand } from '../package.ts'
import { readSource } from './sources.ts'
import { listProblem, projectOf, trustedIn } from './trust-list.ts'

/** Variables of the user's environment that a stage receives: a setting of every custom stage. */
const pass: SettingSchema = {
  type: 'array',
  items: { type: 'string', minLength: 1, description: 'The name of a variable.' },
  default: [],
  hint: true,
  description: 'Variables of yours that it sees too, and that cannot change what it makes: ["HF_TOKEN"].',
}

export interface CustomStages {
  /** Whether every file is trusted as it is, because its author is watching it. */
  readonly allow?: boolean
  /** The descriptions of files that the store does not have. Without them the compiler waits for each. */
  readonly descriptions?: Descriptions
  /** Called with each file that was read but not run, because it is not trusted. */
  onUntrusted?(path: string, code: UntrustedCode): void
}

/** Descriptions of files, made between two compilations: the second finds those that the first asked for. */
export class Descriptions {
  readonly #made = new Map<string, Described>()
  readonly #wanted: DescribeCall[] = []

  /** The description of a file. A missing one is noted for `make`, and the file counts as one that cannot be loaded. */
  get(call: DescribeCall): Described {
    const made = this.#made.get(call.file)
    if (made === undefined) this.#wanted.push(call)
    return made ?? { texts: [], reason: 'it has not been described yet.' }
  }

  /** Whether the description of a file, or of any file, is still to be made. */
  isPending(file?: string): boolean {
    return this.#wanted.some((call) => file === undefined || call.file === file)
  }

  /** Makes the missing descriptions and returns whether there were any. `stop` ends this early. */
  async make(stop: AbortSignal): Promise<boolean> {
    const wanted = this.#wanted.splice(0)
    for (const call of wanted) {
      const made = await describeFile(call, describer(), stop)
      if (made !== undefined) this.#made.set(call.file, made)
    }
    return wanted.length > 0
  }
}

/** The command and the environment of the process that describes a file. */
function describer() {
  return { command: describeCommand(), env: stageEnvironment(process.env, []), read: readSource }
}

export type UntrustedCode = Extract<CustomProblem, { readonly type: 'untrusted' }>['code']

/** A loader for the files that `program` uses. It loads trusted files only. `root` is the folder of the store. */
export function customStages(
  program: string,
  root: string,
  { allow = false, descriptions, onUntrusted }: CustomStages = {},
): (path: string) => CustomFile | undefined {
  const loaded = new Map<string, CustomFile | undefined>()
  const load = (path: string): CustomFile | undefined => {
    const project = projectOf(program)
    const file = loadCustom(path, {
      program,
      root,
      llmpipe: build(),
      common: [...Object.keys(executionSettings), 'pass'],
      ...describer(),
      ...(descriptions === undefined ? {} : { describe: (call: DescribeCall) => descriptions.get(call) }),
      isTrusted: (bundle) => trustedIn(project).has(bundle),
      allow,
    })
    if (file?.problem?.type !== 'untrusted') return withSettings(file)
    onUntrusted?.(path, file.problem.code)
    const help = listProblem() ?? `Read it. If it is fine: llmpipe trust ${program}`
    return { ...file, problem: { ...file.problem, help } }
  }
  return (path) => {
    if (!loaded.has(path)) loaded.set(path, load(path))
    return loaded.get(path)
  }
}

/** Adds the settings that every stage has (retries, timeout, resources) and `pass` to custom stages. */
function withSettings(file: CustomFile | undefined): CustomFile | undefined {
  if (file === undefined) return undefined
  const kinds = Object.entries(file.kinds).map(([name, kind]) => {
    const { settings, ...rest } = withExecution(kind)
    return [name, { ...rest, settings: { ...settings, properties: { ...settings.properties, pass } } }] as const
  })
  return { ...file, kinds: Object.fromEntries(kinds) }
}
