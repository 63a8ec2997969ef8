/**
 * A server of S3 for tests, over HTTP and with its objects on disk: the package s3rver, or the versitygw that LLMPIPE_S3_SERVER names
 * (`npm run test:s3`).
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryFolder } from '../../run/rig.ts'

export interface S3Server {
  readonly endpoint: string
  stop(): Promise<void>
}

export const bucket = 'models'

/** s3rver writes over an object while others read it, which S3 never does. */
export const isAtomic = process.env.LLMPIPE_S3_SERVER !== undefined

/** The credentials for the SDK; `S3RVER` is the only name that s3rver knows. */
export const credentials = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' }

/** The environment of a command that uses a server. */
export const envFor = (endpoint: string) => ({ ...credentials, AWS_ENDPOINT_URL: endpoint })

/** `isLax`: s3rver takes any signature. It computes that of listings otherwise than S3: with a / after the name of the bucket. */
export async function startS3(isLax = false): Promise<S3Server> {
  const program = process.env.LLMPIPE_S3_SERVER
  return program === undefined ? startS3rver(isLax) : startGateway(program)
}

/** s3rver has no types of its own. */
type S3rver = new (options: object) => { run(): Promise<{ readonly port: number }>; close(): Promise<void> }

async function startS3rver(allowMismatchedSignatures: boolean): Promise<S3Server> {
  const S3rver = createRequire(import.meta.url)('@20minutes/s3rver') as S3rver
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    allowMismatchedSignatures,
    directory: temporaryFolder(),
    configureBuckets: [{ name: bucket }],
  })
  const { port } = await server.run()
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => server.close() }
}

async function startGateway(program: string): Promise<S3Server> {
  const folder = temporaryFolder()
  mkdirSync(join(folder, bucket))
  const port = await freePort()
  const { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret } = credentials
  const args = ['--access', access, '--secret', secret, '--port', `127.0.0.1:${port}`, '--quiet', 'posix', folder]
  const server = spawn(program, args, { stdio: 'ignore' })
  const over = new Promise((resolve) => server.once('close', resolve))
  await listening(port, server)
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      server.kill('SIGKILL')
      await over
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number }
      server.close(() => resolve(port))
    })
  })
}

async function listening(port: number, server: ChildProcess): Promise<void> {
  const isUp = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('close', () => socket.destroy())
      socket.once('connect', () => socket.end())
    })
  while (!(await isUp())) {
    if (server.exitCode !== null) throw new Error(`${server.spawnfile} ended with ${server.exitCode}`)
    await sleep(20)
  }
}
