/** `llmpipe watch FILE`: runs again on every change of the program, what it uses, or its input files. */

import { dirname, resolve } from 'node:path'
import { type Command, common, text } from '../command.ts'
import { wholeNumber } from '../numbers.ts'
import { stageCommand, version } from '../package.ts'
import { paramsOf } from '../params.ts'
import { exit } from '../refusal.ts'
import { remoteFor, remoteOptions } from '../remote.ts'

export const watch: Command = {
  name: 'watch',
  summary: 'run a program again whenever it, what it uses or its input files change',
  details: 'Only what changed runs again. Stages under way that a change does not touch go on. Ctrl-C ends it.',
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: [
    common.param,
    common.store,
    common.engine,
    ...remoteOptions,
    common.gpus,
    common.overwrite,
    { flags: '-k, --keep-going', description: 'after a failure go on with what does not depend on it' },
    { ...common.json, description: 'print each event as a line of JSON' },
  ],
  examples: [
    ['llmpipe watch pipeline.llmpipe', ''],
    ['llmpipe watch pipeline.llmpipe -p steps=20', 'a short training while one edits'],
  ],
  async run([file = ''], options) {
    const { compileFile, sayDiagnostics } = await import('../compiled.ts')
    const { watch: watchProgram } = await import('../../run/watch.ts')
    const { listenForStop } = await import('../stop.ts')
    const { openScreen } = await import('../screen.ts')
    const { storeFor } = await import('../store-folder.ts')
    const { duration } = await import('../../view/format.ts')
    const gpus = wholeNumber(options, 'gpus', 'GPUs', 0)
    const store = storeFor(options, file)
    const call = { params: paramsOf(options), engine: text(options, 'engine'), store: store.root }
    const first = compileFile(file, call)
    if (first.plan === undefined) {
      sayDiagnostics(first)
      return exit.refused
    }
    const { checkTrust } = await import('../trust.ts')
    checkTrust(file, first.plan)
    const remote = await remoteFor(options, store)
    const stop = listenForStop((message) => screen.say(message))
    const plain = { ...options, plain: true }
    let screen = await openScreen(plain, stop.ask)
    let results: readonly string[] = []
    try {
      await watchProgram({
        store,
        ...(remote === undefined ? {} : { remote }),
        programDir: resolve(dirname(file)),
        onEvent: (event) => screen.event(event),
        stageCommand: stageCommand(),
        version,
        signal: stop,
        ...(gpus === undefined ? {} : { machine: { gpus } }),
        keepGoing: options.keepGoing === true,
        overwrite: options.overwrite === true,
        async recompile() {
          const compiled = compileFile(file, call)
          sayDiagnostics(compiled)
          results = compiled.plan?.results ?? results
          screen = await openScreen(plain, stop.ask)
          return compiled
        },
        tell(note) {
          if (note.type === 'changed') screen.say(`\n${note.names.join(', ')} changed`)
          else if (note.type === 'errors') screen.say('waiting for a change without errors')
          else if (note.type === 'waiting') {
            const shown = screen
            const said = `done in ${duration(note.summary.seconds)}; waiting for changes (Ctrl-C ends)`
            void shown.close(results).then(() => shown.say(said))
          }
        },
      })
      return exit.done
    } finally {
      await remote?.close()
      stop.release()
    }
  },
}
