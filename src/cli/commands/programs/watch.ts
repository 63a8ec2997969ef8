/** `llmpipe watch FILE`: runs the program again on every change of it, of the files that it uses, or of its input files. */

import { readFileSync } from 'node:fs'
import { sanitize } from '../../../core/values/printable.ts'
import type { ChangedFile } from '../../../run/watch/eyes.ts'
import { defineCommand } from '../../command.ts'
import {
  cpus,
  events,
  gpus,
  keepGoing,
  machineOf,
  overwrite,
  programOptions,
  pythonOption,
} from '../../common-options.ts'
import { flag } from '../../option.ts'
import { stageCommand, version } from '../../package.ts'
import { remoteFor, remoteOptions } from '../../program/remote.ts'
import { writeError } from '../../terminal/output.ts'
import { exit, Refused } from '../../terminal/refusal.ts'

export const watch = defineCommand({
  name: 'watch',
  summary: 'run a program again whenever it, the files that it uses or its input files change',
  details: `Runs only the stages that a change affects; running stages that a change does not touch continue. Commands and code of the
    project run only as you trusted them: after a change of them it waits for llmpipe trust in another terminal. Ctrl-C ends it.`,
  arguments: [{ name: '<file>', description: 'the program', completes: 'programs' }],
  options: {
    ...programOptions,
    ...remoteOptions,
    cpus,
    gpus,
    python: pythonOption,
    overwrite,
    trustChanges: flag('trust commands and code as you change them, in a project that nobody else can write to'),
    keepGoing,
    json: events,
  },
  examples: [
    ['llmpipe watch pipeline.llmpipe', ''],
    ['llmpipe watch pipeline.llmpipe --trust-changes', 'while you write custom stages'],
    ['llmpipe watch pipeline.llmpipe -p steps=20', 'with a short training while you edit'],
  ],
  async run([file = ''], options) {
    if (options.python !== undefined) (await import('../../program/python.ts')).choosePython(options.python)
    const { compileBeside, compileFile } = await import('../../program/compiled.ts')
    const { printDiagnostics } = await import('../../program/print-diagnostics.ts')
    const { watch: watchProgram } = await import('../../../run/watch/watch.ts')
    const { listenForStop } = await import('../../terminal/stop.ts')
    const { openScreen } = await import('../../terminal/screen.ts')
    const { programCall } = await import('../../program/open-program.ts')
    const { duration } = await import('../../../view/format.ts')
    const call = programCall(file, options)
    const { store, folder, params, engine } = call
    const first = compileFile(file, call)
    if (first.plan === undefined) {
      printDiagnostics(first)
      throw new Refused()
    }
    const { trustRefusal, untrustedRuns } = await import('../../program/trust.ts')
    const { trustChanges } = options
    const { listFile, projectOf, remember } = await import('../../program/trust-list.ts')
    const refusal = await trustRefusal(file, first.plan, store.root)
    if (refusal !== undefined) throw refusal
    const { hasParts } = await import('../../program/executor/executor.ts')
    const { executor } = await (await import('../../program/executor/site.ts')).siteFor(folder)
    if (executor === 'slurm')
      writeError('watch runs stages on this machine; run takes the executor of llmpipe.site.json\n')
    const remote = await remoteFor(options, store)
    const stop = listenForStop((message) => screen.say(message))
    const plain = { json: options.json, plain: true }
    let screen = await openScreen(plain, stop.ask)
    let results: readonly string[] = []
    try {
      await watchProgram({
        store,
        ...(remote === undefined ? {} : { remote }),
        programDir: folder,
        onEvent: (event) => screen.event(event),
        stageCommand: stageCommand(),
        version,
        asked: { params, engine },
        signal: stop,
        ...machineOf(options),
        hasParts,
        keepGoing: options.keepGoing,
        overwrite: options.overwrite,
        async recompile() {
          const compiled = await compileBeside(file, { ...call, custom: { allow: trustChanges } }, stop.soft)
          if (compiled === undefined) return { sources: new Map() }
          const { plan, sources, missing, diagnostics } = compiled
          printDiagnostics({ diagnostics, sources })
          const watched = new Map([
            ...[...missing, ...optional(listFile())].map((path) => [path, textOf(path)] as const),
            ...sources,
          ])
          for (const path of watched.keys()) if (path.startsWith('std:')) watched.delete(path)
          if (trustChanges && plan !== undefined) {
            const runs = await untrustedRuns(file, plan, store.root)
            if (runs.length > 0)
              remember(
                projectOf(file),
                runs.map(({ digest }) => digest),
              )
          }
          // Checked after every change: a new version of the code runs only if the user trusts that version.
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
        report(note) {
          if (note.type === 'changed') screen.say(`\n${sanitize(changesInWords(note.files))}`)
          else if (note.type === 'blind')
            screen.say(
              sanitize(`the system cannot report changes (${note.reason}); checking every few seconds instead`),
            )
          else if (note.type === 'errors') screen.say('waiting for a change without errors')
          else if (note.type === 'waiting') {
            const shown = screen
            const said = `done in ${duration(note.summary.seconds)}; waiting for changes (Ctrl-C ends)`
            void shown.close(results).then(() => {
              // After Ctrl-C there is nothing to wait for.
              if (!stop.soft.aborted) shown.say(said)
            })
          }
        },
      })
      return exit.done
    } finally {
      await remote?.close()
      stop.release()
      // A large file may still be read for its digest: the process does not wait for that.
      setTimeout(() => process.exit(), 300).unref()
    }
  },
})

/** Changed files in a sentence: `a.txt, b.txt changed; c.txt was removed`. */
function changesInWords(files: readonly ChangedFile[]): string {
  const verbs = {
    changed: ['changed', 'changed'],
    added: ['was added', 'were added'],
    removed: ['was removed', 'were removed'],
  } as const
  return (['changed', 'added', 'removed'] as const)
    .flatMap((how) => {
      const names = files.flatMap((file) => (file.how === how ? [file.name] : []))
      return names.length === 0 ? [] : [`${names.join(', ')} ${verbs[how][names.length === 1 ? 0 : 1]}`]
    })
    .join('; ')
}

function optional(path: string | undefined): string[] {
  return path === undefined ? [] : [path]
}

/** The text of a watched file; '' if it does not exist. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
