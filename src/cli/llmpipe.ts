#!/usr/bin/env node
/** The command `llmpipe`: looks at the version of Node, then hands over. */

import { join } from 'node:path'
import { sanitize } from '../core/printable.ts'
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
const command = /^[a-z]+$/.exec(args[0] ?? '')?.[0] ?? 'other'
/** Processes of a run's stages say nothing of their own: the command that started them has said it. */
const isHelper = command === 'stage' || command === 'own'
keepCompiled(join(import.meta.dirname, 'chunks'), build(), command, (message) => {
  if (!isHelper) process.stderr.write(`warning: ${sanitize(message)}\n`)
})

// As Node does for a module that awaits for ever: what came to no end was not done.
process.once('exit', () => {
  process.exitCode ??= 13
})

/** The process of a stage is started for each of them, and has no command line to be parsed. */
const isStage = args.length === 1 && args[0] === 'stage'
const done = isStage
  ? import('./commands/stage.ts').then(({ stage }) => stage.run([], {}))
  : import('./main.ts').then(({ main }) => main(args))
void done.then((code) => {
  process.exitCode = code
})
