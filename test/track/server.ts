/** A server of a tracker that answers as a test says, and remembers what it got. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Got {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of a call.
  readonly body: any
}

/** `answer` gives the status and the JSON of each call; `undefined` cuts the connection. */
export async function trackingServerOf(answer: (got: Got) => { status?: number; body?: object } | undefined) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece) => pieces.push(piece))
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString()
      const call = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
      got.push(call)
      const answered = answer(call)
      if (answered === undefined) {
        request.socket.destroy()
        return
      }
      response.writeHead(answered.status ?? 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answered.body ?? {}))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { address: `http://127.0.0.1:${port}`, got, close: () => new Promise((done) => server.close(done)) }
}
