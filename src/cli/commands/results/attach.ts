/** `llmpipe attach [RUN]`: shows a run that another terminal started. */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent, RunEventOf } from '../../../core/event.ts'
import type { FolderStore } from '../../../store/folder-store.ts'
import { LineTail } from '../../../store/line-tail.ts'
import { defineCommand } from '../../command.ts'
import { json, plain, storeOption } from '../../common-options.ts'
import type { LeftRun } from '../../jobs/attach-jobs.ts'
import { writeError } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'
import type { ScreenOptions } from '../../terminal/screen.ts'

export const attach = defineCommand({
  name: 'attach',
  summary: 'watch a run that another terminal of this machine started, or the jobs that a run left on a cluster',
  details: `Shows what the run itself shows. q and Ctrl-C leave the screen; the run continues. If a run on a cluster has ended and its jobs go on, shows
    the jobs until they end. Only llmpipe run starts the stages after them.`,
  arguments: [
    {
      name: '[run]',
      description: 'a run, as log lists them; the running one that started last if not given',
      completes: 'runs',
    },
  ],
  options: { store: storeOption, plain, json: { ...json, description: 'print events as JSON, one per line' } },
  examples: [
    ['llmpipe attach', 'the run of the store in this folder'],
    ['llmpipe attach --store /data/store --plain', 'the run of another store, as lines'],
  ],
  async run([name], options) {
    const { storeFor } = await import('../../program/store-folder.ts')
    const { hasLivingRunner, isSuperseded, isUnderWay, lifeOf, runNamed, runsIn, streamOf } = await import(
      '../../../run/log/past-runs.ts'
    )
    const { openScreen } = await import('../../terminal/screen.ts')
    const { wholeAddress } = await import('../../../people/ranking-folder.ts')
    const store = storeFor(options)
    const { root } = store
    const run =
      name === undefined ? runsIn(root).findLast((each) => isUnderWay(streamOf(root, each))) : runNamed(root, name)
    if (name !== undefined && run === undefined)
      throw new Refusal(
        `"${name}" does not name exactly one run`,
        'llmpipe log lists past runs; --store names another store.',
      )
    if (run === undefined || lifeOf(root, streamOf(root, run) ?? []) === 'over') {
      const { leftRun } = await import('../../jobs/attach-jobs.ts')
      const left = leftRun(root, run)
      if (left !== undefined) return attachJobs(store, left, options)
      if (run === undefined)
        throw new Refusal(
          'nothing is running in this store',
          'llmpipe log lists past runs; --store names another store.',
        )
    }
    const leaving = leavingBySignal()
    const screen = await openScreen(options, leaving.leave)
    let hasEnded = false
    let started: RunEventOf<'run-started'> | undefined
    const isEnough = () => leaving.hasLeft() || hasEnded
    // A killed runner writes no more events, and watch ends a run without one when it begins the next.
    const isKilled = () => started !== undefined && hasLivingRunner(started) === false
    const isFollowed = () => started !== undefined && isSuperseded(root, started)
    const isSilent = () => isKilled() || isFollowed()
    const say = (message: string) => screen.event({ event: 'notice', message, time: Date.now() })
    for await (const event of follow(join(root, 'runs', run, 'events.jsonl'), { isEnough, isSilent, say })) {
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

/** Shows the jobs of a run whose runner is gone. */
async function attachJobs(store: FolderStore, left: LeftRun, options: ScreenOptions): Promise<number> {
  const { openScreen } = await import('../../terminal/screen.ts')
  const { commandFor, showJobs } = await import('../../jobs/attach-jobs.ts')
  const leaving = leavingBySignal()
  const screen = await openScreen(options, leaving.leave)
  const ends = await showJobs(store, left, screen, leaving.hasLeft)
  await screen.close([])
  const goingOn = left.jobs.filter((job) => !ends.has(job))
  const named = goingOn.map(({ job, place }) => `${job.work.node.name} (slurm job ${place.id})`).join(', ')
  const command = commandFor(left)
  writeError(goingOn.length === 0 ? 'all jobs of the run have ended\n' : `these jobs go on: ${named}\n`)
  if (command !== undefined) writeError(`to start the stages after them: ${command}\n`)
  return exit.done
}

/** Lets the user leave by Ctrl-C, by SIGTERM, or by calling `leave`. */
function leavingBySignal(): { readonly leave: () => void; readonly hasLeft: () => boolean } {
  let hasLeft = false
  const leave = () => {
    hasLeft = true
  }
  process.on('SIGINT', leave)
  process.on('SIGTERM', leave)
  return { leave, hasLeft: () => hasLeft }
}

/** Milliseconds between two looks at the log: a run writes to it a few times a second. */
const pollInterval = 100

interface FollowOptions {
  isEnough(): boolean
  isSilent(): boolean
  /** Receives what is wrong with the file system. */
  say(message: string): void
}

/**
 * Yields the events of a log, and new ones as they are written. Ends when `isEnough`, or when `isSilent` and the log has no more. A file system that fails for
 * a while is waited for.
 */
async function* follow(path: string, { isEnough, isSilent, say }: FollowOptions): AsyncGenerator<RunEvent> {
  const { linesOf } = await import('../../../store/damage.ts')
  const { isRunEvent } = await import('../../../run/log/event-shape.ts')
  const { FilePatience } = await import('../../../run/executors/slurm/follow/file-patience.ts')
  const reader = new FilePatience(say).reader('the run')
  const tail = new LineTail(path)
  let wasSilent = false
  while (!isEnough()) {
    let pause = pollInterval
    let lines: string[] = []
    try {
      lines = tail.read()
      if (lines.length === 0) {
        if (wasSilent) return
        // The runner may have written its last events between the read and this check.
        wasSilent = isSilent()
      }
      reader.fine()
    } catch (error) {
      pause = reader.met(error)
    }
    for (const event of linesOf(`${lines.join('\n')}\n`, isRunEvent, path)) if (!isEnough()) yield event
    if (lines.length > 0) continue
    for (let left = pause; left > 0 && !isEnough(); left -= pollInterval) await sleep(Math.min(pollInterval, left))
  }
}
