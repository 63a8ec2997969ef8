/** `llmpipe watch FILE`: runs again on every change of the program, what it uses, or its input files. */

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { sanitize } from '../../core/printable.ts'
import { type Command, common } from '../command.ts'
import { stageCommand, version } from '../package.ts'
import { remoteFor, remoteOptions } from '../program/remote.ts'
import { wholeNumber } from '../terminal/numbers.ts'
import { exit } from '../terminal/refusal.ts'

export const watch: Command = {
  name: 'watch',
  summary: 'run a program again whenever it, what it uses or its input files change',
  details:
    'Only what changed runs again. Stages under way that a change does not touch go on. Commands and code of the project run only as they were trusted: after a change of them it waits for llmpipe trust, in another terminal. Ctrl-C ends it.',
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: [
    common.param,
    common.store,
    common.engine,
    ...remoteOptions,
    common.gpus,
    common.overwrite,
    {
      flags: '--trust-changes',
      description: 'trust commands and code as you change them, of a project that nobody else writes to',
    },
    { flags: '-k, --keep-going', description: 'after a failure go on with what does not depend on it' },
    { ...common.json, description: 'print each event as a line of JSON' },
  ],
  examples: [
    ['llmpipe watch pipeline.llmpipe', ''],
    ['llmpipe watch pipeline.llmpipe --trust-changes', 'while you write stages of your own'],
    ['llmpipe watch pipeline.llmpipe -p steps=20', 'a short training while one edits'],
  ],
  async run([file = ''], options) {
    const { compileBeside, compileFile, sayDiagnostics } = await import('../program/compiled.ts')
    const { watch: watchProgram } = await import('../../run/watch/watch.ts')
    const { listenForStop } = await import('../terminal/stop.ts')
    const { openScreen } = await import('../terminal/screen.ts')
    const { programCall } = await import('../program/open-program.ts')
    const { duration } = await import('../../view/format.ts')
    const gpus = wholeNumber(options, 'gpus', 'GPUs', 0)
    const { openStore: store, ...call } = programCall(file, options)
    const first = compileFile(file, call)
    if (first.plan === undefined) {
      sayDiagnostics(first)
      return exit.refused
    }
    const { trustRefusal, untrustedRuns } = await import('../program/trust.ts')
    const trustsChanges = options.trustChanges === true
    const { listFile, projectOf, remember } = await import('../program/trust-list.ts')
    const refusal = await trustRefusal(file, first.plan, store.root)
    if (refusal !== undefined) throw refusal
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
        asked: call,
        signal: stop,
        ...(gpus === undefined ? {} : { machine: { gpus } }),
        keepGoing: options.keepGoing === true,
        overwrite: options.overwrite === true,
        async recompile() {
          const compiled = await compileBeside(file, { ...call, own: { allow: trustsChanges } }, stop.soft)
          if (compiled === undefined) return { sources: new Map() }
          const { plan, sources, missing, diagnostics } = compiled
          sayDiagnostics({ diagnostics, sources })
          const watched = new Map([
            ...[...missing, ...optional(listFile())].map((path) => [path, textOf(path)] as const),
            ...sources,
          ])
          for (const path of watched.keys()) if (path.startsWith('std:')) watched.delete(path)
          if (trustsChanges && plan !== undefined) {
            const runs = await untrustedRuns(file, plan, store.root)
            if (runs.length > 0)
              remember(
                projectOf(file),
                runs.map(({ digest }) => digest),
              )
          }
          // Each time: what is saved while it watches runs only if it is trusted as it is then.
          const untrusted = plan && (await trustRefusal(file, plan, store.root))
          if (untrusted !== undefined) {
            const { message, help } = untrusted
            screen.say(sanitize(`error: ${message}\n${help === undefined ? '' : `  help: ${help}\n`}`, { keep: '\n' }))
          }
          if (plan === undefined || untrusted !== undefined) return { sources: watched }
          results = plan.results
          screen = await openScreen(plain, stop.ask)
          return { plan, sources: watched }
        },
        tell(note) {
          if (note.type === 'changed') screen.say(`\n${sanitize(note.names.join(', '))} changed`)
          else if (note.type === 'blind')
            screen.say(sanitize(`changes cannot be heard of (${note.reason}); looking every few seconds instead`))
          else if (note.type === 'errors') screen.say('waiting for a change without errors')
          else if (note.type === 'waiting') {
            const shown = screen
            const said = `done in ${duration(note.summary.seconds)}; waiting for changes (Ctrl-C ends)`
            void shown.close(results).then(() => {
              // Not where this was the end of it.
              if (!stop.soft.aborted) shown.say(said)
            })
          }
        },
      })
      return exit.done
    } finally {
      await remote?.close()
      stop.release()
      // Whatever is still being read (a large file, for its digest) is not waited for.
      setTimeout(() => process.exit(), 300).unref()
    }
  },
}

function optional(path: string | undefined): string[] {
  return path === undefined ? [] : [path]
}

/** The text of a file as it is watched: '' if it is not there. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
