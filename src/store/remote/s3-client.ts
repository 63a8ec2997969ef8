/** The client of S3, or of any service with the same protocol, and what its errors mean. */

import { S3Client } from '@aws-sdk/client-s3'
import { RemoteError } from './remote.ts'

/**
 * Makes a client. It finds credentials and settings as every tool of AWS does: environment, `~/.aws`, the role of the machine. `mayBeAnonymous`:
 * AWS_NO_SIGN_REQUEST=yes reads public buckets without credentials, as in GDAL.
 */
export function makeClient(silence: number, mayBeAnonymous = false): S3Client {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_NO_SIGN_REQUEST } = process.env
  // The user cannot act on the warning of the SDK about this version of Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const isOwn = Boolean(AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL)
  const isAnonymous = mayBeAnonymous && /^(?:yes|true|1)$/i.test(AWS_NO_SIGN_REQUEST ?? '')
  const region = AWS_REGION || AWS_DEFAULT_REGION || (isOwn || isAnonymous ? 'us-east-1' : undefined)
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    // The signer gives requests on as they are.
    ...(isAnonymous
      ? { credentials: { accessKeyId: '', secretAccessKey: '' }, signer: { sign: async (it) => it } }
      : {}),
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

export type Failure = Error & { readonly code?: string; readonly $metadata?: { readonly httpStatusCode?: number } }

/** Does something with a bucket. Rejected with a RemoteError. */
export async function asking<T>(bucket: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw remoteError(error as Failure, bucket)
  }
}

/** Like `asking`, but `undefined` if there is no such object. */
export function orNothing<T>(bucket: string, act: () => Promise<T>): Promise<T | undefined> {
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
function remoteError(failure: Failure, bucket: string): RemoteError {
  const { name, message, code, $metadata } = failure
  if (failure instanceof RemoteError) return failure
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
