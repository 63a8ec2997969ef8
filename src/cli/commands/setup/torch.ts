/** `llmpipe setup torch`: makes an environment with PyTorch. */

import { StageError } from '../../../core/failure.ts'
import { quoted } from '../../../core/values/shell-word.ts'
import type { Existing, SetupOptions, SetupPlan } from '../../../engine/torch/setup/setup.ts'
import { type Line, seg } from '../../../view/line.ts'
import { defineCommand } from '../../command.ts'
import { flag, text } from '../../option.ts'
import { writeError } from '../../terminal/output.ts'
import { print } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const torch = defineCommand({
  name: 'torch',
  summary: 'make an environment with PyTorch, which llmpipe finds by itself',
  details: `The environment is made with uv if that is installed, else with python3 -m venv and pip, in the data folder of the user:
    no other Python is changed. It gets the build of PyTorch for the NVIDIA GPUs that nvidia-smi lists, or the one for the processor. The
    commands are shown before they run. An environment that is there and works is left as it is.`,
  options: {
    cpu: flag('take the build for the processor, even if there is a GPU'),
    cuda: flag('take the build for NVIDIA GPUs, even if this machine has none'),
    python: text('path', 'make the environment with this Python; the first suitable one on PATH if not given'),
    again: flag('make a new environment, with the newest PyTorch, even if there is one'),
    dryRun: flag('show the commands and stop'),
    remove: flag('remove the environment'),
  },
  examples: [
    ['llmpipe setup torch', ''],
    ['llmpipe setup torch --cpu', 'the small build, without CUDA'],
    ['llmpipe setup torch --dry-run', 'the commands alone'],
    ['llmpipe setup torch --remove', 'undo it'],
  ],
  async run(_, { cpu, cuda, python, again, dryRun, remove }) {
    if (cpu && cuda) throw new Refusal('--cpu and --cuda exclude each other', 'Give one of them, or none.')
    const { environmentsFolder, removeEnvironments } = await import('../../../engine/torch/setup/environment.ts')
    const root = environmentsFolder()
    if (root === undefined)
      throw new Refusal('this user has no home for the environment', 'Name a folder: XDG_DATA_HOME=/some/folder.')
    if (remove) {
      print([[seg(removeEnvironments(root) ? `removed ${root}` : 'there is no environment to remove')]])
      return exit.done
    }
    const { existingEnvironment, planSetup } = await import('../../../engine/torch/setup/setup.ts')
    const wanted = cpu ? 'cpu' : cuda ? 'cuda' : undefined
    const options: SetupOptions = { root, env: process.env, wanted, python }
    const existing = again ? undefined : await existingEnvironment(options)
    if (existing !== undefined && (wanted ?? existing.environment.build) === existing.environment.build) {
      print([[seg('Nothing to do: ', 'good'), seg('the environment is there and works.')], ...foundLines(existing)])
      print([[seg('  llmpipe setup torch --again makes a new one.', 'dim')]])
      return exit.done
    }
    const plan = await planSetup(options)
    print(planLines(plan, root))
    if (dryRun) return exit.done
    return installAs(options, plan)
  },
})

/** Installs and prints what happens. */
async function installAs(options: SetupOptions, plan: SetupPlan): Promise<number> {
  const { install } = await import('../../../engine/torch/setup/setup.ts')
  const { environmentIn } = await import('../../../engine/torch/setup/environment.ts')
  const { stepInWords } = await import('../../../engine/torch/setup/steps.ts')
  const before = environmentIn(options.root)
  const stop = new AbortController()
  const onStop = () => stop.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onStop)
  try {
    const made = await install(options, plan, {
      signal: stop.signal,
      onStep: (step) => print([[], [seg(`$ ${stepInWords(step)}`, 'bold')]]),
      onLine: (line) => print([[seg(`  ${line}`, 'dim')]]),
    })
    print([[], [seg('PyTorch is ready', 'good'), seg(': llmpipe finds it by itself.')], ...foundLines(made)])
    if (plan.build.kind === 'cuda' && !made.found.devices.some(({ kind }) => kind === 'cuda'))
      print([[seg(`  warning: PyTorch sees no GPU${reason(made.found.trouble)}`, 'warn')]])
    print([[seg('  undo         '), seg('llmpipe setup torch --remove')]])
    if (before !== undefined)
      print([
        [seg(`  The environment before it stays for runs that still use it: rm -r ${quoted(before.folder)}`, 'dim')],
      ])
    return exit.done
  } catch (error) {
    if (stop.signal.aborted) {
      writeError('\nstopped: what was installed so far is removed\n')
      return exit.interrupted
    }
    if (!(error instanceof StageError)) throw error
    writeError(`\nerror: ${error.message}\n${error.help === undefined ? '' : `  help: ${error.help}\n`}`)
    return exit.failed
  } finally {
    for (const signal of signals) process.off(signal, onStop)
  }
}

function planLines({ build, steps, installer }: SetupPlan, root: string): Line[] {
  const gigabytes = (build.size / 1e9).toFixed(1)
  return [
    [seg('PyTorch: ', 'bold'), seg(`${build.words}; about ${gigabytes} GB on the disk of ${root}`)],
    ...build.notes.map((note): Line => [seg(`  note: ${note}`, 'warn')]),
    [],
    [seg(`The commands, with ${installer.type === 'uv' ? 'uv' : 'venv and pip'}:`)],
    ...steps(`${root}/env`).map(({ command, args }): Line => [seg(`  ${[command, ...args].map(quoted).join(' ')}`)]),
  ]
}

function foundLines({ found, environment }: Existing): Line[] {
  const device = found.devices.map(({ name }) => name).join(', ')
  return [
    [seg('  PyTorch      '), seg(found.torch)],
    [seg('  devices      '), seg(device)],
    [seg('  environment  '), seg(environment.folder)],
  ]
}

function reason(trouble: string | undefined): string {
  return trouble === undefined ? '' : `: ${trouble}`
}
