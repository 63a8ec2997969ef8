/** `llmpipe run FILE`: runs the stages that are not cached, and shows them live. */

import { defineCommand } from '../../command.ts'
import {
  cpus,
  events,
  executorOption,
  gpus,
  keepGoing,
  machineOf,
  overwrite,
  plain,
  programOptions,
  pythonOption,
} from '../../common-options.ts'
import { choice, flag, list, text, wholeNumber } from '../../option.ts'
import { stageCommand, version } from '../../package.ts'
import { noticeMissingTorch } from '../../program/missing-torch.ts'
import { remoteFor, remoteOptions } from '../../program/remote.ts'
import { continueWithoutOutput } from '../../terminal/output.ts'
import { exit } from '../../terminal/refusal.ts'
import { openTracker, trackers } from '../../track.ts'

export const run = defineCommand({
  name: 'run',
  summary: 'run the stages of a program that are not cached',
  details: `On a terminal it shows a dashboard, elsewhere lines. Ctrl-C once: training saves its work and stops, and the next run
    continues from there. Ctrl-C twice: everything stops at once. With --executor slurm, stages are jobs of the cluster: Ctrl-C
    leaves them running, the next run follows them, and llmpipe stop ends them. Exit codes: 0 all stages ran or were cached, 1 a stage failed, 2 the
    program or the call is wrong and nothing ran, 130 interrupted.`,
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: {
    ...programOptions,
    jobs: wholeNumber(
      'stages',
      1,
      'run at most n stages at once; as many as the machine has room for if not given',
      'j',
    ),
    cpus,
    gpus,
    executor: executorOption,
    python: pythonOption,
    overwrite,
    keepGoing,
    strict: flag(
      'refuse results that a person adopted or accepted, and measurements on texts that the model has learned',
    ),
    force: list('stage', 'run a stage even if it is cached; may be repeated'),
    only: list('stage', 'run only this stage; may be repeated'),
    ...remoteOptions,
    track: choice('tool', trackers, 'also write the metrics where this tool finds them'),
    trackTo: text(
      'place',
      'the folder for --track, or the address of a server for mlflow and trackio; a folder beside the program if not given',
    ),
    plain,
    json: events,
  },
  examples: [
    ['llmpipe run pipeline.llmpipe', ''],
    ['llmpipe run pipeline.llmpipe -p steps=50 -p dim=64', 'with other values of params'],
    ['llmpipe run pipeline.llmpipe --only bpe', 'one stage alone'],
    ['llmpipe run pipeline.llmpipe --force base', 'even if it is cached'],
    ['llmpipe run pipeline.llmpipe --remote s3://models/cache', 'with the outputs of other machines'],
    ['llmpipe run pipeline.llmpipe --executor slurm', 'on a cluster'],
    ['llmpipe run pipeline.llmpipe --track tensorboard', 'then: tensorboard --logdir tensorboard'],
    ['llmpipe run pipeline.llmpipe --json | jq -r .event', 'for scripts'],
  ],
  async run([file = ''], options) {
    const { jobs, force, only } = options
    if (options.python !== undefined) (await import('../../program/python.ts')).choosePython(options.python)
    const { runPlanOf } = await import('../../program/run-plan.ts')
    const { openProgram } = await import('../../program/open-program.ts')
    const { plan, store, folder, params, engine } = await openProgram(file, options, runPlanOf)
    if (options.strict) (await import('../../check/measured-on-training.ts')).refuseMeasuredOnTraining(plan)
    const { checkTrust } = await import('../../program/trust.ts')
    await checkTrust(file, plan, store.root)
    const { executorFor, hasParts } = await import('../../program/executor/executor.ts')
    const executor = await executorFor(options.executor, folder, store)
    const remote = await remoteFor(options, store)
    const { run: runPlan } = await import('../../../run/run.ts')
    const { listenForStop } = await import('../../terminal/stop.ts')
    const { openScreen } = await import('../../terminal/screen.ts')
    const tracker = await openTracker(options, { programFolder: folder, store: store.root }, (message) =>
      screen.event({ event: 'notice', message, time: Date.now() }),
    )
    // A run is for its stages and exports: it continues when its reader or its terminal is gone.
    continueWithoutOutput()
    const stop = listenForStop((message) => screen.say(message), executor !== undefined)
    const screen = await openScreen(options, stop.ask)
    const noticeTorch = noticeMissingTorch(plan, (notice) => screen.event(notice))
    try {
      const summary = await runPlan(plan, {
        store,
        ...(remote === undefined ? {} : { remote }),
        ...(executor === undefined ? {} : { executor }),
        programDir: folder,
        onEvent(event) {
          screen.event(event)
          tracker?.event(event)
          noticeTorch(event)
        },
        stageCommand: stageCommand(),
        version,
        asked: { params, engine },
        signal: stop,
        ...(jobs === undefined ? {} : { jobs }),
        ...machineOf(options),
        hasParts,
        keepGoing: options.keepGoing,
        overwrite: options.overwrite,
        strict: options.strict,
        force,
        ...(only.length === 0 ? {} : { only }),
      })
      if (summary.failed > 0) return exit.failed
      return summary.interrupted > 0 || stop.soft.aborted ? exit.interrupted : exit.done
    } finally {
      await tracker?.close()
      await remote?.close()
      await screen.close(plan.results)
      stop.release()
    }
  },
})
