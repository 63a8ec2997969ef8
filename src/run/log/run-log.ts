/** The log of a run: every event to `runs/<id>/events.jsonl`, in pieces a few times a second; nowhere in a store that is read-only. */

import { randomBytes } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunEvent } from '../../core/event.ts'
import { failureOf } from '../../core/failure.ts'
import type { Plan } from '../../core/plan.ts'
import { makeFolder } from '../../store/durable.ts'
import { prepareStore } from '../../store/layout.ts'
import type { Store } from '../../store/store.ts'

/** Milliseconds between two writes. */
const PACE = 50

/** An event without its time. */
export type Untimed = RunEvent extends infer Each ? (Each extends RunEvent ? Omit<Each, 'time'> : never) : never

export interface RunLog {
  readonly run: string
  emit(event: Untimed): void
  /** Writes what is left. */
  close(): void
}

/**
 * Opens the log of a new run. Its id sorts by time. In a store that is read-only there is none; where it cannot be written, a notice
 * says so.
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
  // A log that cannot be written is no reason not to run; one with a hole would say what is not so, hence it ends there.
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
      timer ??= setTimeout(flush, PACE)
      onEvent(event)
    },
    close: flush,
  }
}

/** An event as others who can read the store may see it: an address that people go to has a token in its query. */
function withoutSecrets(event: RunEvent): RunEvent {
  return event.event === 'waiting' ? { ...event, address: event.address.replace(/\?.*$/s, '') } : event
}
