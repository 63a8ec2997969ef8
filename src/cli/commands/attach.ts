/** `llmpipe attach [RUN]`: looks at a run that is under way in another terminal. */

import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent, RunEventOf } from '../../core/event.ts'
import { type Command, common } from '../command.ts'
import { writeError } from '../terminal/output.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const attach: Command = {
  name: 'attach',
  summary: 'look at a run that is under way elsewhere on this machine',
  details: 'Shows what the run itself shows. Leaving it (q, Ctrl-C) leaves the run alone.',
  arguments: [{ name: '[run]', description: 'a run, as log lists them; without it, the one that began last' }],
  options: [
    common.store,
    { flags: '--plain', description: 'lines instead of the dashboard' },
    { ...common.json, description: 'print events as JSON, one a line' },
  ],
  examples: [
    ['llmpipe attach', 'the run of the store in this folder'],
    ['llmpipe attach --store /data/store --plain', 'that of another store, as lines'],
  ],
  async run([name], options) {
    const { storeFor } = await import('../program/store-folder.ts')
    const { eventsOf, hasLivingRunner, isUnderWay, runNamed, runsIn } = await import('../../run/log/past-runs.ts')
    const { openScreen } = await import('../terminal/screen.ts')
    const { wholeAddress } = await import('../../people/ranking-folder.ts')
    const { root } = storeFor(options)
    const run =
      name === undefined ? runsIn(root).findLast((each) => isUnderWay(eventsOf(root, each))) : runNamed(root, name)
    if (run === undefined)
      throw new Refusal(
        name === undefined ? 'no run is under way in this store' : `there is no one run "${name}"`,
        'llmpipe log lists those that were; --store names another store.',
      )
    let hasLeft = false
    const leave = () => {
      hasLeft = true
    }
    process.on('SIGINT', leave)
    process.on('SIGTERM', leave)
    const screen = await openScreen(options, leave)
    let isOver = false
    let begun: RunEventOf<'run-started'> | undefined
    const isEnough = () => hasLeft || isOver
    // Whoever was killed says nothing more.
    const isSilent = () => begun !== undefined && hasLivingRunner(begun) === false
    for await (const event of follow(join(root, 'runs', run, 'events.jsonl'), isEnough, isSilent)) {
      // The log has no tokens; whose server it is may see it.
      const isAddress = event.event === 'waiting'
      screen.event(isAddress ? { ...event, address: wholeAddress(join(root, 'people'), event.address) } : event)
      if (event.event === 'run-started') begun = event
      if (event.event === 'run-finished') isOver = true
    }
    await screen.close([])
    if (!isOver) writeError(isSilent() ? 'the run was killed\n' : 'the run goes on\n')
    return exit.done
  },
}

/** How often the log is looked at, in milliseconds: a run writes it a few times a second. */
const pace = 100

/** The events of a log from its beginning, and then as they are written, until `isEnough`, or until nothing comes and `isSilent`. */
async function* follow(path: string, isEnough: () => boolean, isSilent: () => boolean): AsyncGenerator<RunEvent> {
  const { linesOf } = await import('../../store/damage.ts')
  const { isRunEvent } = await import('../../run/log/event-shape.ts')
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
        // What it wrote last may have come between the two looks.
        wasSilent = isSilent()
        await sleep(pace)
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
