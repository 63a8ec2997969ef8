/** The remote cache that a call asks for: `--remote`, else the environment. */

import type { FolderStore } from '../../store/folder-store.ts'
import type { RemoteCache } from '../../store/remote/remote-cache.ts'
import { type Option, type Options, text } from '../command.ts'
import { Refusal } from '../terminal/refusal.ts'

/** The options of commands that use one. */
export const remoteOptions: readonly Option[] = [
  {
    flags: '--remote <address>',
    description: 'a shared cache behind the store: a folder, or s3://bucket/prefix (LLMPIPE_REMOTE)',
  },
  {
    flags: '--remote-readonly',
    description: 'take from the remote cache, and put nothing there (LLMPIPE_REMOTE_READONLY=1)',
  },
]

/** Nothing where none is asked for; then nothing of it is loaded. */
export async function remoteFor(options: Options, store: FolderStore): Promise<RemoteCache | undefined> {
  const { LLMPIPE_REMOTE, LLMPIPE_REMOTE_READONLY, LLMPIPE_REMOTE_TIMEOUT } = process.env
  const address = text(options, 'remote') ?? LLMPIPE_REMOTE ?? ''
  if (address === '') return undefined
  const { remoteAt } = await import('../../store/remote/address.ts')
  const { RemoteCache } = await import('../../store/remote/remote-cache.ts')
  return new RemoteCache(remoteAt(address), store, {
    readOnly: options.remoteReadonly === true || isSet(LLMPIPE_REMOTE_READONLY),
    silence: silenceOf(LLMPIPE_REMOTE_TIMEOUT),
  })
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value)
}

/** Long enough for a server that is busy, short enough to lose little where there is none. */
const usualSilence = 15

function silenceOf(seconds = `${usualSilence}`): number {
  const number = Number(seconds)
  if (!(number > 0)) throw new Refusal(`LLMPIPE_REMOTE_TIMEOUT=${seconds} is no number of seconds`)
  return number * 1000
}
