/** The address of a remote: `s3://bucket/prefix`, or the path of a folder. */

import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Remote, RemoteOptions } from './remote.ts'

export interface OpenableRemote {
  readonly address: string
  /** Called when the remote is first needed: the SDK of S3 takes a while to load. */
  open(options: RemoteOptions): Promise<Remote>
}

/** Parses the address of a remote. Throws a StageError `bad-remote` if the address is invalid. A folder that does not exist is accepted: it may not be mounted yet. */
export function remoteAt(address: string): OpenableRemote {
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):\/\/(.*)$/.exec(address) ?? []
  if (scheme === undefined) return folderAt(resolve(address))
  if (scheme !== 's3')
    throw new StageError('bad-remote', `remotes with the scheme ${scheme} are not supported: ${address}`, examples)
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

/** How long to wait for the answer whether an address is the path of a file, in milliseconds. */
const patience = 5_000

/** Asks in another process: on a share whose server does not answer, the question blocks for ever. */
function isFile(path: string): boolean {
  return spawnSync('test', ['-f', path], { stdio: 'ignore', timeout: patience, killSignal: 'SIGKILL' }).status === 0
}
