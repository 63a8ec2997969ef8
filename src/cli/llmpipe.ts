#!/usr/bin/env node
/** The command `llmpipe`: checks the version of Node and starts the rest. */

import { join } from 'node:path'
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
const isHelper = command === 'stage' || command === 'describe-stages'
keepCompiled(join(import.meta.dirname, 'chunks'), build(), command, (message) => {
  if (!isHelper) process.stderr.write(`warning: ${sanitize(message)}\n`)
})

// Node ends with this code too if a module awaits something that never happens.
process.once('exit', () => {
  process.exitCode ??= 13
})

/** The process of a stage starts often and has no options, so it loads no parser. */
const isStage = args.length === 1 && args[0] === 'stage'
const done = isStage
  ? import('./commands/stage.ts').then(({ stage }) => stage.run([], {}, { commands: [] }))
  : import('./main.ts').then(({ main }) => main(args))
void done.then((code) => {
  process.exitCode = code
})
