/** Sentences about the remote cache. */

import type { PushingEvent, RemoteTally } from '../core/event.ts'
import { bytes, count } from './format.ts'

/** A sentence on the outputs that have still to be pushed after the last stage. */
export function pushingInWords({ left, to }: PushingEvent): string {
  const whose = left === 1 ? 'the outputs of one stage' : `the outputs of ${count(left)} stages`
  return `pushing ${whose} to ${to}; Ctrl-C leaves them to the next run`
}

/** The numbers of stages that a run pulled and pushed; empty if it did neither. */
export function tallyInWords({ pulled, pulledBytes, pushed, pushedBytes, unpushed }: RemoteTally): string {
  const parts = [
    ...(pulled > 0 ? [`${count(pulled)} pulled (${bytes(pulledBytes)})`] : []),
    ...(pushed > 0 ? [`${count(pushed)} pushed (${bytes(pushedBytes)})`] : []),
    ...(unpushed > 0 ? [`${count(unpushed)} not pushed: the next run tries again`] : []),
  ]
  return parts.join(', ')
}
