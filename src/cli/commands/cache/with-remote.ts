/** The frame of `cache push` and `cache pull`: opens the remote cache, waits for its transfers, and prints their number. */

import type { FolderStore } from '../../../store/folder-store.ts'
import type { RemoteCache } from '../../../store/remote/remote-cache.ts'
import type { Values } from '../../option.ts'
import { remoteFor, type remoteOptions } from '../../program/remote.ts'
import { write, writeError } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

/** Runs `act` with the remote cache of the call, and returns the exit code. `act` reports problems with its second argument. */
export async function withRemote(
  store: FolderStore,
  options: Values<typeof remoteOptions> & { readonly json: boolean },
  act: (remote: RemoteCache, report: (problem: string) => void) => Promise<void>,
): Promise<number> {
  const remote = await remoteFor(options, store)
  if (remote === undefined)
    throw new Refusal(
      'nothing names a remote cache',
      'Give --remote, or set LLMPIPE_REMOTE: a folder, or s3://bucket/prefix.',
    )
  const { bytes, count } = await import('../../../view/format.ts')
  const { printJson } = await import('../../terminal/print.ts')
  let hasProblems = false
  const report = (problem: string) => {
    hasProblems = true
    writeError(`${problem}\n`)
  }
  remote.onTrouble = report
  await act(remote, report)
  await remote.settle(() => {}, [])
  await remote.close()
  const tally = remote.takeTally()
  const { pulled, pulledBytes, pushed, pushedBytes, unpushed } = tally
  if (options.json) printJson({ remote: remote.address, ...tally })
  else {
    const rest = unpushed > 0 ? `, ${count(unpushed)} not pushed` : ''
    write(`${count(pulled)} pulled (${bytes(pulledBytes)}), ${count(pushed)} pushed (${bytes(pushedBytes)})${rest}\n`)
  }
  return hasProblems || unpushed > 0 ? exit.failed : exit.done
}
