/**
 * Input files in buckets of S3: `s3://bucket/data/*.parquet`. A key is made of their ETags and sizes, so that nothing is downloaded before a
 * stage runs. The process of the stage downloads them into parts of the store, which later stages and runs find again.
 */

import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { StageEvent } from '../../core/event.ts'
import { StageError } from '../../core/failure.ts'
import type { InputFile, ObjectSource } from '../../core/kind/stage.ts'
import { sha256 } from '../../core/values/sha256.ts'
import { openParts } from '../parts.ts'
import { limiter } from '../remote/limiter.ts'
import { RemoteError } from '../remote/remote.ts'
import type { Objects } from '../remote/s3-objects.ts'
import { pathExpression } from './glob.ts'

/** How many objects are downloaded at a time. */
const atOnce = 4

/** How often the downloads are marked as used, so that nothing collects them while a stage reads them; in milliseconds. */
const touchInterval = 600_000

export function isInBucket(pattern: string): boolean {
  return /^s3:\/\//i.test(pattern)
}

/** The objects that a pattern matches, in the order of their keys. Only `*`, `?` and `**` are wildcards. Rejected with a StageError `unreadable-source`. */
export async function objectsMatching(pattern: string): Promise<ObjectSource[]> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(pattern) ?? []
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/.test(bucket) || key === '' || key.endsWith('/'))
    throw new StageError(
      'unreadable-source',
      `"${pattern}" does not name objects of a bucket`,
      'For example s3://bucket/data/*.parquet, or s3://bucket/data/** for everything below data/.',
    )
  return withObjects(`s3://${bucket}`, async (objects) => {
    if (!/[*?]/.test(key)) {
      const object = await objects.look(bucket, key)
      return object === undefined ? [] : [{ bucket, object }]
    }
    const prefix = key.slice(0, key.search(/[*?]/))
    const isFlat = !key.slice(prefix.length).includes('/') && !key.includes('**')
    const expression = pathExpression(key)
    const found = await objects.list(bucket, prefix, isFlat)
    return found.filter((object) => expression.test(object.key)).map((object) => ({ bucket, object }))
  })
}

export const urlOf = ({ bucket, object }: ObjectSource) => `s3://${bucket}/${object.key}`

/** The digest that stands for the bytes of an object in a key. */
export function identityOf({ object: { etag, size } }: ObjectSource): string {
  return sha256(`s3 ${etag} ${size}`)
}

type Files = Readonly<Record<string, readonly InputFile[]>>

export interface LocalOptions {
  /** The folder of the store. */
  readonly root: string
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

/**
 * The same files, those in buckets downloaded and with the SHA-256 of their bytes. Rejected with a StageError if an object cannot be downloaded
 * or is not the listed one any more.
 */
export async function downloaded(files: Files, { root, signal, emit }: LocalOptions): Promise<Files> {
  const wanted = Object.values(files).flatMap((list) =>
    list.flatMap(({ source }) => (source === undefined ? [] : [source])),
  )
  if (wanted.length === 0) return files
  const total = wanted.reduce((sum, { object }) => sum + object.size, 0)
  const parts = openParts(root, { source: 's3' })
  const limit = limiter(atOnce)
  const folders: string[] = []
  let done = 0
  const report = (bytes: number) => {
    done += bytes
    emit({ event: 'progress', done, total, unit: 'bytes', phase: 'downloading' })
  }
  const local = (objects: Objects, file: InputFile, { bucket, object }: ObjectSource) =>
    limit(async (): Promise<InputFile> => {
      signal.throwIfAborted()
      const { key, etag, size } = object
      const { folder, value, reused } = await parts.part({ bucket, key, etag, size }, (into) =>
        describing(file.name, () =>
          objects.download(bucket, object, join(into, 'object'), { signal, onBytes: report }),
        ),
      )
      if (reused) report(size)
      folders.push(folder)
      return { path: join(folder, 'object'), name: file.name, sha256: value as string }
    })
  const found = await withObjects('S3', async (objects) => {
    const byName = Object.entries(files).map(async ([name, list]) => {
      const own = list.map((file) => (file.source === undefined ? file : local(objects, file, file.source)))
      return [name, await Promise.all(own)] as const
    })
    return Object.fromEntries(await Promise.all(byName))
  })
  keepUsed(folders)
  return found
}

/** Marks folders as used from time to time, as long as the process lives. */
function keepUsed(folders: readonly string[]): void {
  const touch = () => {
    const now = new Date()
    for (const folder of folders)
      try {
        utimesSync(folder, now, now)
      } catch {
        // A file that is gone although it was in use is reported when it is read.
      }
  }
  setInterval(touch, touchInterval).unref()
}

async function withObjects<T>(address: string, act: (objects: Objects) => Promise<T>): Promise<T> {
  const { openObjects } = await import('../remote/s3-objects.ts')
  const objects = openObjects()
  try {
    return await describing(address, () => act(objects))
  } finally {
    objects.close()
  }
}

/** Converts the errors of a remote into StageErrors. */
async function describing<T>(address: string, act: () => Promise<T>): Promise<T> {
  const { ObjectChanged } = await import('../remote/s3-objects.ts')
  try {
    return await act()
  } catch (error) {
    if (error instanceof ObjectChanged)
      throw new StageError('input-changed', `${address} changed after it was listed`, 'Run it again.')
    if (!(error instanceof RemoteError)) throw error
    throw new StageError('unreadable-source', `${address} cannot be read: ${error.message}`, helpFor(error))
  }
}

function helpFor({ kind, message }: RemoteError): string {
  if (/credential|token is expired|SSO/i.test(message))
    return 'Give credentials as for every tool of AWS: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE. A public bucket needs none: AWS_NO_SIGN_REQUEST=yes.'
  if (/region/i.test(message)) return 'Set AWS_REGION to the region of the bucket.'
  if (kind === 'denied') return 'Look at the credentials (AWS_PROFILE), and whether they may list and read the bucket.'
  return 'Look at the name of the bucket, the network, and AWS_ENDPOINT_URL if the service is not that of AWS. What was downloaded is kept.'
}
