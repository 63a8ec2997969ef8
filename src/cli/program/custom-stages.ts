/** Files of stages of the project's own, for the compiler: loaded if they are trusted as they are. */

import type { CustomFile, CustomProblem } from '../../core/custom-file.ts'
import { stageEnvironment } from '../../core/environment.ts'
import type { SettingSchema } from '../../core/setting.ts'
import type { DescribeCall, Described } from '../../custom/describe.ts'
import { describeFile, loadOwn } from '../../custom/load.ts'
import { executionSettings, withExecution } from '../../stages/shared/execution-settings.ts'
import { build } from '../build.ts'
import { ownCommand } from '../package.ts'
import { readSource } from './sources.ts'
import { listProblem, projectOf, trustedIn } from './trust-list.ts'

/** Variables of the user that a stage is handed: every stage of one's own has this setting. */
const pass: SettingSchema = {
  type: 'array',
  items: { type: 'string', minLength: 1, description: 'The name of a variable.' },
  default: [],
  hint: true,
  description: 'Variables of yours that it sees too, and that cannot change what it makes: ["HF_TOKEN"].',
}

export interface OwnStages {
  /** Every file is trusted as it is: its writer watches it. */
  readonly allow?: boolean
  /** Gets the descriptions of files that the store does not have. Without it, each is made while the compiler waits. */
  readonly descriptions?: Descriptions
  /** Told of each file that was read and not run, since it is not trusted. */
  onUntrusted?(path: string, code: UntrustedCode): void
}

/** Descriptions of files that were made before the compilation which asks for them. */
export class Descriptions {
  readonly #made = new Map<string, Described>()
  readonly #wanted: DescribeCall[] = []

  /** The description of a file. One that is not there yet is noted, and stands for a file that cannot be loaded. */
  get(call: DescribeCall): Described {
    const made = this.#made.get(call.file)
    if (made === undefined) this.#wanted.push(call)
    return made ?? { texts: [], reason: 'it was not looked at yet.' }
  }

  /** Makes the descriptions that were asked for in vain. Returns whether there were any. `stop` ends it early. */
  async make(stop: AbortSignal): Promise<boolean> {
    const wanted = this.#wanted.splice(0)
    for (const call of wanted) {
      const made = await describeFile(call, describer(), stop)
      if (made !== undefined) this.#made.set(call.file, made)
    }
    return wanted.length > 0
  }
}

/** How the process that describes a file is started. */
function describer() {
  return { command: ownCommand(), env: stageEnvironment(process.env, []), read: readSource }
}

export type UntrustedCode = Extract<CustomProblem, { readonly type: 'untrusted' }>['code']

/** Loads the files that `program` uses, as far as they are trusted. `root` is the folder of the store. */
export function ownStages(
  program: string,
  root: string,
  { allow = false, descriptions, onUntrusted }: OwnStages = {},
): (path: string) => CustomFile | undefined {
  const loaded = new Map<string, CustomFile | undefined>()
  const load = (path: string): CustomFile | undefined => {
    const project = projectOf(program)
    const file = loadOwn(path, {
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

/** Stages of one's own are told how they are run like all others. */
function withSettings(file: CustomFile | undefined): CustomFile | undefined {
  if (file === undefined) return undefined
  const kinds = Object.entries(file.kinds).map(([name, kind]) => {
    const { settings, ...rest } = withExecution(kind)
    return [name, { ...rest, settings: { ...settings, properties: { ...settings.properties, pass } } }] as const
  })
  return { ...file, kinds: Object.fromEntries(kinds) }
}
