#!/usr/bin/env node
/** The command `llmpipe`: checks the version of Node and starts the rest. */

import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { sanitize } from '../core/values/printable.ts'
import { build } from './build.ts'
import { keepCompiled } from './code-cache.ts'
import { guardOutput } from './terminal/output.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `llmpipe needs Node 20.19 or newer; this is ${process.versions.node}.\nInstall a newer one from https://nodejs.org.\n`,
  )
  process.exit(2)
}

guardOutput()

const args = process.argv.slice(2)
const command = /^[a-z-]+$/.exec(args[0] ?? '')?.[0] ?? 'other'
/** Whether another process of llmpipe started this one; that process has printed the warnings. */
const isHelper = command === 'stage' || command === 'make-parts' || command === 'describe-stages'
keepCompiled(join(import.meta.dirname, 'chunks'), build(), command === 'make-parts' ? 'stage' : command, (message) => {
  if (!isHelper) process.stderr.write(`warning: ${sanitize(message)}\n`)
})

// Node ends with this code too if a module awaits something that never happens.
process.once('exit', () => {
  process.exitCode ??= 13
})

/** The process of a stage, its threads, and the completion of a shell start often and have no options, so they load no parser. */
const isStage = args.length === 1 && args[0] === 'stage'
const isThread = !isMainThread && args[0] === 'make-parts'
const isCompletion =
  args[0] === 'complete' && (args.length === 2 || args.length === 3) && !args.some((each) => each.startsWith('-'))
const done = isStage
  ? import('./commands/stage.ts').then(({ stage }) => stage.run([], {}, { commands: [] }))
  : isThread
    ? import('./commands/make-parts.ts').then(({ makeParts }) => makeParts())
    : isCompletion
      ? import('./commands/complete.ts').then(({ complete }) =>
          complete.run(args.slice(1), {}, { commands: [] }).catch(() => 1),
        )
      : import('./main.ts').then(({ main }) => main(args))
void done.then((code) => {
  process.exitCode = code
})
