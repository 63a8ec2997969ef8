/** A remote in a bucket of S3, or of any service with the same protocol. */

import { setMaxListeners } from 'node:events'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { type Remote, RemoteError, type RemoteOptions } from './remote.ts'

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

/** Makes a client. It finds credentials and settings as every tool of AWS does: environment, `~/.aws`, the role of the machine. */
function makeClient(silence: number): S3Client {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION } = process.env
  // The user cannot act on the warning of the SDK about this version of Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const isOwn = Boolean(AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL)
  const region = AWS_REGION || AWS_DEFAULT_REGION || (isOwn ? 'us-east-1' : undefined)
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    // Bucket names in host names need DNS entries, which a private server mostly does not have.
    forcePathStyle: isOwn,
    followRegionRedirects: true,
    // Not every service supports the checksums that AWS added. Pulled files are verified by their SHA-256 in any case.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: { connectionTimeout: Math.min(silence, 5_000), socketTimeout: silence },
  })
}

type Failure = Error & { readonly code?: string; readonly $metadata?: { readonly httpStatusCode?: number } }

async function asking<T>(bucket: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw remoteError(error as Failure, bucket)
  }
}

/** Like `asking`, but `undefined` if there is no such object. */
function orNothing<T>(bucket: string, act: () => Promise<T>): Promise<T | undefined> {
  return asking(bucket, async () => {
    try {
      return await act()
    } catch (error) {
      const { name, $metadata } = error as Failure
      if ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket') return undefined
      throw error
    }
  })
}

/** Converts an error of the SDK into a RemoteError. */
function remoteError({ name, message, code, $metadata }: Failure, bucket: string): RemoteError {
  const status = $metadata?.httpStatusCode
  if (name === 'NoSuchBucket') return new RemoteError('unreachable', `there is no bucket ${bucket}`)
  if (status === 401 || status === 403)
    return new RemoteError(
      'denied',
      'access denied; s3:ListBucket and s3:GetObject are needed, and s3:PutObject to push',
    )
  if (status !== undefined) return new RemoteError('passing', `${name} (HTTP ${status}): ${message}`)
  if (code === 'ECONNRESET' || code === 'EPIPE') return new RemoteError('passing', 'the connection broke')
  if (name === 'TimeoutError') return new RemoteError('unreachable', 'it does not answer')
  // No network, no such host, no credentials, no region: the same the next time.
  return new RemoteError('unreachable', message)
}
