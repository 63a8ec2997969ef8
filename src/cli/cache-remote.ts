/** `llmpipe cache push` and `cache pull`: a store and its remote cache brought together without a run. */

import type { FolderStore } from '../store/folder-store.ts'
import type { RemoteCache } from '../store/remote/remote-cache.ts'
import type { Options } from './command.ts'
import { remoteFor } from './program/remote.ts'
import { write, writeError } from './terminal/output.ts'
import { exit, Refusal } from './terminal/refusal.ts'

/** Does something with the remote cache, waits until all is there, and says what came and went. Gives the exit code. */
export async function withRemote(
  store: FolderStore,
  options: Options,
  act: (remote: RemoteCache, say: (problem: string) => void) => Promise<void>,
): Promise<number> {
  const remote = await remoteFor(options, store)
  if (remote === undefined)
    throw new Refusal('which remote cache?', 'Say --remote, or set LLMPIPE_REMOTE: a folder, or s3://bucket/prefix.')
  const { bytes, count } = await import('../view/format.ts')
  const { printJson } = await import('./terminal/print.ts')
  let isWhole = true
  const say = (problem: string) => {
    isWhole = false
    writeError(`${problem}\n`)
  }
  remote.onTrouble = say
  await act(remote, say)
  await remote.settle(() => {}, [])
  await remote.close()
  const tally = remote.takeTally()
  const { pulled, pulledBytes, pushed, pushedBytes, unpushed } = tally
  if (options.json) printJson({ remote: remote.address, ...tally })
  else {
    const rest = unpushed > 0 ? `, ${count(unpushed)} not pushed` : ''
    write(`${count(pulled)} pulled (${bytes(pulledBytes)}), ${count(pushed)} pushed (${bytes(pushedBytes)})${rest}\n`)
  }
  return isWhole && unpushed === 0 ? exit.done : exit.failed
}
