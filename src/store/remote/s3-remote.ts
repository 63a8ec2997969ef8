/** A remote in a bucket of S3, or of any service with the same protocol. */

import { setMaxListeners } from 'node:events'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Remote, RemoteOptions } from './remote.ts'
import { asking, makeClient, orNothing } from './s3-client.ts'

/** Files up to this size are uploaded in one request, larger ones in parts of this size, in bytes. S3 takes at most 10,000 parts. */
const partSize = 8 * 1024 ** 2
const mostParts = 10_000

export interface Bucket {
  readonly bucket: string
  /** The prefix of every name: empty, or ending in `/`. */
  readonly prefix: string
}

export function openS3Remote(address: string, { bucket, prefix }: Bucket, { silence }: RemoteOptions): Remote {
  const client = makeClient(silence)
  const closing = new AbortController()
  const { signal: abortSignal } = closing
  setMaxListeners(0, abortSignal)
  const where = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` })
  return {
    address,
    get: (name) =>
      orNothing(bucket, async () => {
        const { Body } = await client.send(new GetObjectCommand(where(name)), { abortSignal })
        return Body as Readable
      }),
    size: (name) =>
      orNothing(bucket, async () => {
        const { ContentLength } = await client.send(new HeadObjectCommand(where(name)), { abortSignal })
        return ContentLength
      }),
    put: (name, file) =>
      asking(bucket, async () => {
        const { size } = await stat(file)
        if (size <= partSize) {
          await client.send(new PutObjectCommand({ ...where(name), Body: await readFile(file) }), { abortSignal })
          return
        }
        const upload = new Upload({
          client,
          params: { ...where(name), Body: createReadStream(file) },
          partSize: Math.max(partSize, Math.ceil(size / mostParts)),
          queueSize: 2,
        })
        const stop = () => void upload.abort()
        abortSignal.addEventListener('abort', stop)
        try {
          await upload.done()
        } finally {
          abortSignal.removeEventListener('abort', stop)
        }
      }),
    close() {
      closing.abort()
      client.destroy()
    },
  }
}
