/** The log of a run: every event goes to `runs/<id>/events.jsonl`, several at a time. A read-only store keeps no log. */

import { randomBytes } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunEvent } from '../../core/event.ts'
import { failureOf } from '../../core/failure.ts'
import type { Plan } from '../../core/plan.ts'
import { makeFolder } from '../../store/durable.ts'
import { prepareStore } from '../../store/layout.ts'
import type { Store } from '../../store/store.ts'

/** The time between two writes, in milliseconds. */
const writeInterval = 50

/** An event without its time. */
export type Untimed = RunEvent extends infer Each ? (Each extends RunEvent ? Omit<Each, 'time'> : never) : never

export interface RunLog {
  readonly run: string
  emit(event: Untimed): void
  /** Writes what is left. */
  close(): void
}

/**
 * Opens the log of a new run. The ids of runs sort by time. In a read-only store, nothing is written; if the log cannot be written, a notice
 * reports that.
 */
export function openRunLog(
  { root, isReadOnly }: Pick<Store, 'root' | 'isReadOnly'>,
  plan: Plan,
  onEvent: (event: RunEvent) => void,
): RunLog {
  const run = `${new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${randomBytes(3).toString('hex')}`
  if (isReadOnly) {
    const emit = (untimed: Untimed) => onEvent({ ...untimed, time: Date.now() } as RunEvent)
    return { run, emit, close: () => {} }
  }
  const folder = join(root, 'runs', run)
  let text = ''
  let timer: NodeJS.Timeout | undefined
  // A run does not fail because its log cannot be written. A log with a gap would be wrong, so it ends at the first error.
  let isWritten = true
  const write = (act: () => void) => {
    try {
      if (isWritten) act()
    } catch (error) {
      isWritten = false
      const { code, message } = failureOf(error)
      if (code === 'bug') throw error
      onEvent({ event: 'notice', message: `the log of this run cannot be kept: ${message}`, time: Date.now() })
    }
  }
  write(() => {
    prepareStore(root)
    makeFolder(root, folder)
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
  })
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (text !== '') write(() => appendFileSync(join(folder, 'events.jsonl'), text))
    text = ''
  }
  return {
    run,
    emit(untimed) {
      const event = { ...untimed, time: Date.now() } as RunEvent
      text += `${JSON.stringify(withoutSecrets(event))}\n`
      // The first event is written at once, so that `attach` finds the run as soon as a screen shows it.
      if (event.event === 'run-started') flush()
      else timer ??= setTimeout(flush, writeInterval)
      onEvent(event)
    },
    close: flush,
  }
}

/** An event without what other readers of the store must not see: the address of a ranking page has a token in its query. */
function withoutSecrets(event: RunEvent): RunEvent {
  return event.event === 'waiting' ? { ...event, address: event.address.replace(/\?.*$/s, '') } : event
}
