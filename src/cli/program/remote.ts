/** The remote cache of a call: that of `--remote`, or else that of the environment. */

import type { FolderStore } from '../../store/folder-store.ts'
import type { RemoteCache } from '../../store/remote/remote-cache.ts'
import { flag, text, type Values } from '../option.ts'
import { Refusal } from '../terminal/refusal.ts'

/** The options of commands that use a remote cache. */
export const remoteOptions = {
  remote: text('address', 'a cache that machines share: a folder, or s3://bucket/prefix (LLMPIPE_REMOTE)'),
  remoteReadonly: flag('take from the remote cache and put nothing into it (LLMPIPE_REMOTE_READONLY=1)'),
}

/** Opens the remote cache of a call. `undefined` if the call names none; then no code of it is loaded. */
export async function remoteFor(
  options: Values<typeof remoteOptions>,
  store: FolderStore,
): Promise<RemoteCache | undefined> {
  const { LLMPIPE_REMOTE, LLMPIPE_REMOTE_READONLY, LLMPIPE_REMOTE_TIMEOUT } = process.env
  const address = options.remote ?? LLMPIPE_REMOTE ?? ''
  if (address === '') return undefined
  const { remoteAt } = await import('../../store/remote/address.ts')
  const { RemoteCache } = await import('../../store/remote/remote-cache.ts')
  return new RemoteCache(remoteAt(address), store, {
    readOnly: options.remoteReadonly || isSet(LLMPIPE_REMOTE_READONLY),
    silence: silenceOf(LLMPIPE_REMOTE_TIMEOUT),
  })
}

/** Whether a variable of the environment switches something on. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value)
}

/** Seconds without a byte after which a remote cache counts as gone: enough for a busy server, and little to lose. */
const defaultSilence = 15

/** The silence in milliseconds. */
function silenceOf(seconds = `${defaultSilence}`): number {
  const number = Number(seconds)
  if (!(number > 0)) throw new Refusal(`LLMPIPE_REMOTE_TIMEOUT=${seconds} is not a number of seconds`)
  return number * 1000
}
