/** The address of a remote: `s3://bucket/prefix`, or the path of a folder. */

import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Remote, RemoteOptions } from './remote.ts'

export interface OpenableRemote {
  readonly address: string
  /** Opened only when something is first asked of it: the SDK of S3 takes a while to load. */
  open(options: RemoteOptions): Promise<Remote>
}

/** Throws a StageError `bad-remote` for what is no address. A folder that is not there may be one that is not mounted: that is seen later. */
export function remoteAt(address: string): OpenableRemote {
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):\/\/(.*)$/.exec(address) ?? []
  if (scheme === undefined) return folderAt(resolve(address))
  if (scheme !== 's3') throw new StageError('bad-remote', `there are no remotes of ${scheme}: ${address}`, examples)
  const [bucket = '', ...path] = rest.split('/').filter((part, index) => part !== '' || index === 0)
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/.test(bucket))
    throw new StageError('bad-remote', `${address} does not name a bucket`, examples)
  const prefix = path.map((part) => `${part}/`).join('')
  return {
    address: `s3://${bucket}/${prefix}`.replace(/\/$/, ''),
    async open(options) {
      const { openS3Remote } = await import('./s3-remote.ts')
      return openS3Remote(this.address, { bucket, prefix }, options)
    },
  }
}

const examples =
  'For example s3://bucket/prefix, or a folder: /mnt/share/llmpipe. The endpoint of S3 is taken from AWS_ENDPOINT_URL.'

function folderAt(folder: string): OpenableRemote {
  if (isFile(folder)) throw new StageError('bad-remote', `the remote ${folder} is a file`, 'Name a folder.')
  return {
    address: folder,
    open: async (options) => (await import('./folder-remote.ts')).openFolderRemote(folder, options),
  }
}

/** For so long it is waited whether an address is that of a file, in milliseconds. */
const PATIENCE = 5_000

/** Asked in another process: on a share whose server is away nobody comes back from that question. */
function isFile(path: string): boolean {
  return spawnSync('test', ['-f', path], { stdio: 'ignore', timeout: PATIENCE, killSignal: 'SIGKILL' }).status === 0
}
