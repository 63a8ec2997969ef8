/** Objects of a bucket that a program reads: listing them, and downloading one so that it arrives as a whole. */

import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import { RemoteError } from './remote.ts'
import { asking, makeClient, orNothing } from './s3-client.ts'

/** How long a server may be silent, in milliseconds. */
const silence = 30_000

/** How often the download of an object is continued after it broke off, without a byte in between. */
const mostTries = 5

/** The pause before the second try, in milliseconds. Each later pause is twice as long as the one before. */
const firstPause = 200

export interface BucketObject {
  readonly key: string
  /** As the server gives it, without quotes: it changes whenever the bytes change. */
  readonly etag: string
  /** In bytes. */
  readonly size: number
}

export interface Objects {
  /** One object; `undefined` if there is none of that key. */
  look(bucket: string, key: string): Promise<BucketObject | undefined>
  /** The objects whose keys begin with `prefix`. `isFlat`: without those that have a further `/`. */
  list(bucket: string, prefix: string, isFlat: boolean): Promise<BucketObject[]>
  /**
   * Writes an object to a new file, and returns its SHA-256. A download that breaks off is continued where it stopped. Rejected with
   * ObjectChanged if the object is not the one that was listed any more.
   */
  download(bucket: string, object: BucketObject, path: string, options: DownloadOptions): Promise<string>
  close(): void
}

export interface DownloadOptions {
  readonly signal: AbortSignal
  /** Receives the number of bytes of each piece. */
  onBytes(bytes: number): void
}

/** The object was replaced or removed after it was listed. */
export class ObjectChanged extends Error {}

/** Rejections of the methods are RemoteErrors, if they are not said to be others. */
export function openObjects(): Objects {
  const client = makeClient(silence, true)
  return {
    look: (bucket, key) =>
      orNothing(bucket, async () => {
        const { ETag, ContentLength } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
        return objectOf(key, ETag, ContentLength)
      }),
    list: (bucket, prefix, isFlat) =>
      asking(bucket, async () => {
        const found: BucketObject[] = []
        const flat = isFlat ? { Delimiter: '/' } : {}
        for await (const { Contents = [] } of paginateListObjectsV2(
          { client },
          { Bucket: bucket, Prefix: prefix, ...flat },
        ))
          for (const { Key = '', ETag, Size } of Contents) if (!Key.endsWith('/')) found.push(objectOf(Key, ETag, Size))
        return found
      }),
    async download(bucket, object, path, options) {
      const file = await open(path, 'wx')
      try {
        return await downloadTo(client, bucket, object, file, options)
      } finally {
        await file.close()
      }
    },
    close: () => client.destroy(),
  }
}

/** Throws a RemoteError if the server does not say the size or the ETag: what is read would be cut off, and changes would not be seen. */
function objectOf(key: string, etag: string | undefined, size: number | undefined): BucketObject {
  if (etag === undefined || size === undefined)
    throw new RemoteError('unreachable', `it does not say the size and the ETag of ${key}`)
  return { key, etag: withoutQuotes(etag), size }
}

function withoutQuotes(etag: string): string {
  return etag.replace(/^"|"$/g, '')
}

async function downloadTo(
  client: S3Client,
  bucket: string,
  { key, etag, size }: BucketObject,
  file: FileHandle,
  { signal, onBytes }: DownloadOptions,
): Promise<string> {
  const hash = createHash('sha256')
  let received = 0
  for (let tried = 0; received < size; ) {
    const before = received
    try {
      const part = received === 0 ? {} : { Range: `bytes=${received}-` }
      const wanted = { Bucket: bucket, Key: key, IfMatch: `"${etag}"`, ...part }
      const answer = await asking(bucket, () => client.send(new GetObjectCommand(wanted), { abortSignal: signal }))
      // Not every service knows IfMatch, or ranges.
      if (withoutQuotes(answer.ETag ?? '') !== etag) throw new ObjectChanged()
      if (received > 0 && answer.ContentRange?.startsWith(`bytes ${received}-`) !== true)
        throw new RemoteError('unreachable', 'it cannot send the rest of an object whose download broke off')
      for await (const piece of answer.Body as AsyncIterable<Buffer>) {
        received += piece.length
        if (received > size) throw new ObjectChanged()
        hash.update(piece)
        for (let written = 0; written < piece.length; ) written += (await file.write(piece, written)).bytesWritten
        onBytes(piece.length)
      }
      if (received < size) throw new RemoteError('passing', `it broke off after ${received} of ${size} bytes`)
    } catch (error) {
      if (signal.aborted) throw error
      const problem = problemOf(error)
      if (problem.kind !== 'passing') throw problem
      tried = received > before ? 1 : tried + 1
      if (tried >= mostTries) throw problem
      await sleep(firstPause * 2 ** (tried - 1), undefined, { signal })
    }
  }
  return hash.digest('hex')
}

/** The RemoteError that a failed download stands for. Throws errors that are not of the remote. */
function problemOf(error: unknown): RemoteError {
  if (error instanceof ObjectChanged) throw error
  if (error instanceof RemoteError) {
    if (/^(?:PreconditionFailed|412|NoSuchKey|NotFound)\b|HTTP (?:412|404)/.test(error.message))
      throw new ObjectChanged()
    return error
  }
  const { code, syscall, message } = error as NodeJS.ErrnoException
  // An error of the disk, not of the connection.
  if (syscall === 'write') throw error
  return new RemoteError('passing', `it broke off: ${code ?? message}`)
}
