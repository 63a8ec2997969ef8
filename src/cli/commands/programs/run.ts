/** `llmpipe run FILE`: runs the stages that are not cached, and shows them live. */

import { defineCommand } from '../../command.ts'
import { events, gpus, keepGoing, overwrite, plain, programOptions, pythonOption } from '../../common-options.ts'
import { choice, list, text, wholeNumber } from '../../option.ts'
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
    continues from there. Ctrl-C twice: everything stops at once. Exit codes: 0 all stages ran or were cached, 1 a stage failed, 2 the
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
    gpus,
    python: pythonOption,
    overwrite,
    keepGoing,
    force: list('stage', 'run a stage even if it is cached; may be repeated'),
    only: list('stage', 'run only this stage; may be repeated'),
    ...remoteOptions,
    track: choice('tool', trackers, 'also write the metrics where this tool finds them'),
    trackTo: text('folder', 'the folder for --track; tensorboard beside the program if not given'),
    plain,
    json: events,
  },
  examples: [
    ['llmpipe run pipeline.llmpipe', ''],
    ['llmpipe run pipeline.llmpipe -p steps=50 -p dim=64', 'with other values of params'],
    ['llmpipe run pipeline.llmpipe --only bpe', 'one stage alone'],
    ['llmpipe run pipeline.llmpipe --force base', 'even if it is cached'],
    ['llmpipe run pipeline.llmpipe --remote s3://models/cache', 'with the outputs of other machines'],
    ['llmpipe run pipeline.llmpipe --track tensorboard', 'then: tensorboard --logdir tensorboard'],
    ['llmpipe run pipeline.llmpipe --json | jq -r .event', 'for scripts'],
  ],
  async run([file = ''], options) {
    const { jobs, force, only } = options
    if (options.python !== undefined) (await import('../../program/python.ts')).choosePython(options.python)
    const { runPlanOf } = await import('../../program/run-plan.ts')
    const { openProgram } = await import('../../program/open-program.ts')
    const { plan, store, folder, params, engine } = await openProgram(file, options, runPlanOf)
    const { checkTrust } = await import('../../program/trust.ts')
    await checkTrust(file, plan, store.root)
    const remote = await remoteFor(options, store)
    const { run: runPlan } = await import('../../../run/run.ts')
    const { listenForStop } = await import('../../terminal/stop.ts')
    const { openScreen } = await import('../../terminal/screen.ts')
    const tracker = await openTracker(options, folder, (event) => screen.event(event))
    // A run is for its stages and exports: it continues when its reader or its terminal is gone.
    continueWithoutOutput()
    const stop = listenForStop((message) => screen.say(message))
    const screen = await openScreen(options, stop.ask)
    const noticeTorch = noticeMissingTorch(plan, (notice) => screen.event(notice))
    try {
      const summary = await runPlan(plan, {
        store,
        ...(remote === undefined ? {} : { remote }),
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
        ...(options.gpus === undefined ? {} : { machine: { gpus: options.gpus } }),
        keepGoing: options.keepGoing,
        overwrite: options.overwrite,
        force,
        ...(only.length === 0 ? {} : { only }),
      })
      if (summary.failed > 0) return exit.failed
      return summary.interrupted > 0 || stop.soft.aborted ? exit.interrupted : exit.done
    } finally {
      await remote?.close()
      await screen.close(plan.results)
      stop.release()
    }
  },
})
