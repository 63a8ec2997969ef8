/** The person at the terminal, for records. */

import { hostname, userInfo } from 'node:os'

/** `ada on lab-3`. */
export function whoIsHere(): string {
  return `${userName()} on ${hostname()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user without an entry in the list of users: in a container.
    return process.env.USER ?? `user ${process.getuid?.() ?? ''}`
  }
}
