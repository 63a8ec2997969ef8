/** A proxy before a server of S3 that does to requests what a bad network or a bad server does. */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export type Fault =
  | 'pass'
  /** No answer, ever. */
  | 'hang'
  /** The first bytes of the answer, and then nothing more. */
  | 'stall'
  /** Half of the answer; then the connection breaks. */
  | 'break'
  /** Half of the answer; then the server is gone for good. */
  | 'die'
  /** An object that was cut short. */
  | 'truncate'
  /** An object of the same size with other bytes. */
  | 'garble'
  /** An HTTP status. */
  | 403
  | 503

export interface FaultyProxy {
  readonly endpoint: string
  /** `GET /models/blobs/…`, in the order they came. */
  readonly requests: string[]
  /** The fault to apply to a request. */
  fault(method: string, path: string): Fault
  stop(): Promise<void>
}

export async function startProxy(target: string): Promise<FaultyProxy> {
  const sockets = new Set<Socket>()
  const kill = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((asked, answer) => {
    const { method = '', url = '' } = asked
    proxy.requests.push(`${method} ${url}`)
    void pass(target, asked, answer, proxy.fault(method, url), kill)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    fault: () => 'pass',
    stop: () =>
      new Promise((resolve) => {
        server.once('close', () => resolve())
        if (!server.listening) resolve()
        kill()
      }),
  }
  return proxy
}

async function pass(
  target: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  fault: Fault,
  kill: () => void,
): Promise<void> {
  if (fault === 'hang') return
  if (typeof fault === 'number') {
    asked.resume()
    answer.writeHead(fault).end()
    return
  }
  const { method, url, headers } = asked
  const body = await bytesOf(asked)
  // A server that dies while it is written to has half of what was sent.
  if (fault === 'die' && method === 'PUT') {
    kill()
    return
  }
  const own = request(`${target}${url}`, { method, headers }, async (real) => {
    const bytes = await bytesOf(real)
    const { statusCode = 500, headers: out } = real
    const half = bytes.subarray(0, bytes.length >> 1)
    if (fault === 'truncate') {
      answer.writeHead(statusCode, { ...out, 'content-length': half.length }).end(half)
      return
    }
    answer.writeHead(statusCode, out)
    if (fault === 'pass') answer.end(bytes)
    else if (fault === 'garble') answer.end(bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte)))
    else
      answer.write(half, () => {
        if (fault === 'die') kill()
        if (fault === 'break') answer.destroy()
      })
  })
  own.on('error', () => answer.destroy())
  own.end(body)
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of stream) pieces.push(piece as Buffer)
  } catch {
    // Whoever sent it is gone.
  }
  return Buffer.concat(pieces)
}
