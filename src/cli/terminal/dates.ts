/** Dates as people read them. */

/** `2026-11-24 14:15`, in UTC. `time` is in milliseconds since 1970. */
export function dateTime(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}
