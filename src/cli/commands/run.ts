/** `llmpipe run FILE`: runs what is not cached, and shows it live. */

import { dirname, resolve } from 'node:path'
import { type Command, common, list } from '../command.ts'
import { stageCommand, version } from '../package.ts'
import { remoteFor, remoteOptions } from '../program/remote.ts'
import { checkTrust } from '../program/trust.ts'
import { wholeNumber } from '../terminal/numbers.ts'
import { continueWithoutOutput } from '../terminal/output.ts'
import { exit } from '../terminal/refusal.ts'

export const run: Command = {
  name: 'run',
  summary: 'run a program: whatever is not cached',
  details: `On a terminal it shows a dashboard, else lines. Ctrl-C once: training saves its work and stops, and the next run goes on
from there; twice: everything stops at once. Exit codes: 0 all done, 1 a stage failed, 2 the program or the call is
wrong (nothing ran), 130 interrupted.`,
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: [
    common.param,
    common.store,
    {
      flags: '-j, --jobs <n>',
      description: 'at most so many stages at once; as many as there is room for where not given',
    },
    common.gpus,
    common.overwrite,
    { flags: '-k, --keep-going', description: 'after a failure go on with what does not depend on it' },
    { flags: '--force <stage>', description: 'run a stage though it is cached; may be repeated', repeated: true },
    { flags: '--only <stage>', description: 'run this stage alone; may be repeated', repeated: true },
    common.engine,
    ...remoteOptions,
    { flags: '--plain', description: 'lines instead of the dashboard' },
    { ...common.json, description: 'print each event as a line of JSON' },
  ],
  examples: [
    ['llmpipe run pipeline.llmpipe', ''],
    ['llmpipe run pipeline.llmpipe -p steps=50 -p dim=64', 'with other values of params'],
    ['llmpipe run pipeline.llmpipe --only bpe', 'one stage alone'],
    ['llmpipe run pipeline.llmpipe --force base', 'though it is cached'],
    ['llmpipe run pipeline.llmpipe --remote s3://models/cache', 'with what other machines made'],
    ['llmpipe run pipeline.llmpipe --json | jq -r .event', 'for scripts'],
  ],
  async run([file = ''], options) {
    const jobs = wholeNumber(options, 'jobs', 'stages', 1)
    const gpus = wholeNumber(options, 'gpus', 'GPUs', 0)
    const { openRunPlan } = await import('../program/run-plan.ts')
    const { programCall } = await import('../program/open-program.ts')
    const { openStore: store, ...call } = programCall(file, options)
    const plan = await openRunPlan(file, call)
    if (plan === undefined) return exit.refused
    await checkTrust(file, plan, store.root)
    const remote = await remoteFor(options, store)
    const { run: runPlan } = await import('../../run/run.ts')
    const { listenForStop } = await import('../terminal/stop.ts')
    const { openScreen } = await import('../terminal/screen.ts')
    // Its stages and exports are what a run is for: it outlives its reader and its terminal.
    continueWithoutOutput()
    const stop = listenForStop((message) => screen.say(message))
    const screen = await openScreen(options, stop.ask)
    const only = list(options, 'only')
    try {
      const summary = await runPlan(plan, {
        store,
        ...(remote === undefined ? {} : { remote }),
        programDir: resolve(dirname(file)),
        onEvent: screen.event,
        stageCommand: stageCommand(),
        version,
        asked: call,
        signal: stop,
        ...(jobs === undefined ? {} : { jobs }),
        ...(gpus === undefined ? {} : { machine: { gpus } }),
        keepGoing: options.keepGoing === true,
        overwrite: options.overwrite === true,
        force: list(options, 'force'),
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
}
