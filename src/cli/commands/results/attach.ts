/** `llmpipe attach [RUN]`: shows a run that another terminal started. */

import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent, RunEventOf } from '../../../core/event.ts'
import { defineCommand } from '../../command.ts'
import { json, plain, storeOption } from '../../common-options.ts'
import { writeError } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const attach = defineCommand({
  name: 'attach',
  summary: 'watch a run that another terminal of this machine started',
  details: 'Shows what the run itself shows. q and Ctrl-C leave the screen; the run continues.',
  arguments: [
    { name: '[run]', description: 'a run, as log lists them; the running one that started last if not given' },
  ],
  options: { store: storeOption, plain, json: { ...json, description: 'print events as JSON, one per line' } },
  examples: [
    ['llmpipe attach', 'the run of the store in this folder'],
    ['llmpipe attach --store /data/store --plain', 'the run of another store, as lines'],
  ],
  async run([name], options) {
    const { storeFor } = await import('../../program/store-folder.ts')
    const { eventsOf, hasLivingRunner, isSuperseded, isUnderWay, runNamed, runsIn } = await import(
      '../../../run/log/past-runs.ts'
    )
    const { openScreen } = await import('../../terminal/screen.ts')
    const { wholeAddress } = await import('../../../people/ranking-folder.ts')
    const { root } = storeFor(options)
    const run =
      name === undefined ? runsIn(root).findLast((each) => isUnderWay(eventsOf(root, each))) : runNamed(root, name)
    if (run === undefined)
      throw new Refusal(
        name === undefined ? 'nothing is running in this store' : `"${name}" does not name exactly one run`,
        'llmpipe log lists past runs; --store names another store.',
      )
    let hasLeft = false
    const leave = () => {
      hasLeft = true
    }
    process.on('SIGINT', leave)
    process.on('SIGTERM', leave)
    const screen = await openScreen(options, leave)
    let hasEnded = false
    let started: RunEventOf<'run-started'> | undefined
    const isEnough = () => hasLeft || hasEnded
    // A killed runner writes no more events, and watch ends a run without one when it begins the next.
    const isKilled = () => started !== undefined && hasLivingRunner(started) === false
    const isFollowed = () => started !== undefined && isSuperseded(root, started)
    const isSilent = () => isKilled() || isFollowed()
    for await (const event of follow(join(root, 'runs', run, 'events.jsonl'), isEnough, isSilent)) {
      // The log omits the secret of the address, which only the user who serves the page can read.
      const isAddress = event.event === 'waiting'
      screen.event(isAddress ? { ...event, address: wholeAddress(join(root, 'people'), event.address) } : event)
      if (event.event === 'run-started') started = event
      if (event.event === 'run-finished') hasEnded = true
    }
    await screen.close([])
    if (!hasEnded)
      writeError(
        `${isKilled() ? 'the run was killed' : isFollowed() ? 'the run was superseded' : 'the run continues'}\n`,
      )
    return exit.done
  },
})

/** Milliseconds between two looks at the log: a run writes to it a few times a second. */
const pollInterval = 100

/** Yields the events of a log, and new ones as they are written. Ends when `isEnough`, or when `isSilent` and the log has no more. */
async function* follow(path: string, isEnough: () => boolean, isSilent: () => boolean): AsyncGenerator<RunEvent> {
  const { linesOf } = await import('../../../store/damage.ts')
  const { isRunEvent } = await import('../../../run/log/event-shape.ts')
  const file = openSync(path, 'r')
  const decoder = new StringDecoder('utf8')
  const piece = Buffer.alloc(1 << 16)
  let rest = ''
  let wasSilent = false
  try {
    while (!isEnough()) {
      const got = readSync(file, piece)
      if (got === 0) {
        if (wasSilent) return
        // The runner may have written its last events between the read and this check.
        wasSilent = isSilent()
        await sleep(pollInterval)
        continue
      }
      const lines = (rest + decoder.write(piece.subarray(0, got))).split('\n')
      rest = lines.pop() ?? ''
      for (const event of linesOf(`${lines.join('\n')}\n`, isRunEvent, path)) if (!isEnough()) yield event
    }
  } finally {
    closeSync(file)
  }
}
