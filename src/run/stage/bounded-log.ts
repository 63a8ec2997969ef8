/** Keeps the log of an attempt within bounds. */

import type { LogEvent, StageEvent } from '../../core/event.ts'
import { LineBudget } from '../../core/values/output-lines.ts'

/** The most characters of a line. */
export const longestLine = 64 * 1024
/** The most bytes of a log: more than a stage of llmpipe itself prints in weeks. */
const longestLog = 16 * 1024 ** 2

/** Passes log lines on while they are within the bounds; `end` passes on the last lines and how much was left out. */
export function boundedLog(pass: (event: StageEvent) => void): {
  add(line: Pick<LogEvent, 'level' | 'message'>): void
  end(): void
} {
  let level: LogEvent['level'] = 'info'
  const budget = new LineBudget(longestLog, (message) => pass({ event: 'log', level, message }))
  return {
    add(line) {
      level = line.level
      const { message } = line
      budget.take(message.length > longestLine ? `${message.slice(0, longestLine)} … (cut)` : message)
    },
    end() {
      level = 'info'
      const cut = budget.end()
      if (cut !== undefined) pass({ event: 'log', level: 'warning', message: `its log is cut: ${cut}` })
    },
  }
}
