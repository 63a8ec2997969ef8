/**
 * The frame of a server for pages on this machine. It listens on 127.0.0.1 only, knows who has the token of its address, and refuses a Host header
 * with another name, so that no page elsewhere can call it (DNS rebinding).
 */

import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LocalServer {
  /** The address of the page, with the token. */
  readonly address: string
  readonly port: number
  readonly token: string
  close(): Promise<void>
}

/** A request of this machine. */
export interface Call {
  readonly method: string
  /** The path without its first slash: `page.js`; empty for the page itself. */
  readonly path: string
  readonly query: URLSearchParams
  /** The token that it has, in its address or as its authorization; empty if it has none. */
  readonly given: string
  /** Whether that is the token of the server. */
  readonly isTrusted: boolean
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** A call that cannot be understood. Its message is for the person at the page. */
export class BadCall extends Error {}

/** The port and token of an earlier server, so that open pages keep working. A new token is drawn if there is none. */
export interface TakeOver {
  readonly port: number
  readonly token?: string | undefined
}

/** The maximum size of a call, in bytes. */
const maxCall = 100_000
/** The size in bytes at which the connection of a call that is too long is cut. */
const maxRead = 1_000_000

/** Starts a server: on the port of `takeOver` if that is free, else on any. `fail` answers a call whose handling threw. */
export async function startLocalServer(
  handle: (call: Call) => Promise<void> | void,
  fail: (response: ServerResponse, error: unknown) => void,
  takeOver?: TakeOver,
): Promise<LocalServer> {
  const token = takeOver?.token ?? newToken()
  const server = createServer((request, response) => {
    const call = callOf(request, response, token)
    if (call === undefined) return
    Promise.resolve()
      .then(() => handle(call))
      .catch((error: unknown) => fail(response, error))
  })
  await listen(server, takeOver?.port ?? 0).catch(() => listen(server, 0))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}/?token=${token}`,
    port,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 500).unref()
      }),
  }
}

/** A token that nobody can guess. */
export function newToken(): string {
  return randomBytes(16).toString('hex')
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** The call of a request; `undefined` if it was refused, and answered. */
function callOf(request: IncomingMessage, response: ServerResponse, token: string): Call | undefined {
  const { host = '', authorization } = request.headers
  const url = addressOf(request.url ?? '/')
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) answer(response, 403, { error: 'wrong host' })
  else if (url === undefined) answer(response, 400, { error: 'that is not an address' })
  else {
    const given = authorization?.replace(/^Bearer /, '') ?? url.searchParams.get('token') ?? ''
    const { method = 'GET' } = request
    const [path, query, isTrusted] = [url.pathname.slice(1), url.searchParams, isSame(given, token)]
    return { method, path, query, given, isTrusted, request, response }
  }
  return undefined
}

/** The path and the query of a request; `undefined` if they are not valid, such as `//`. */
function addressOf(path: string): URL | undefined {
  try {
    return path.startsWith('/') && !path.startsWith('//') ? new URL(path, 'http://127.0.0.1') : undefined
  } catch {
    return undefined
  }
}

/** Compares a token with the right one, in a time that tells nothing about it. */
export function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Headers of every answer: no other page may frame this one, load its files as something else, or learn its address. */
const guards: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

const types = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
} as const

/** The type of a file of a page, by its ending; `undefined` if pages have no such files. */
export function typeOfFile(name: string): string | undefined {
  const ending = name.split('.').at(-1) ?? ''
  return Object.hasOwn(types, ending) ? types[ending as keyof typeof types] : undefined
}

/** Sends a text or a file. `more` are headers besides the guards, or in place of one. */
export function send(
  response: ServerResponse,
  status: number,
  type: string,
  content: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    response.end()
    return
  }
  response.writeHead(status, { ...guards, 'content-type': type, ...more })
  response.end(content)
}

/** Answers with JSON. */
export function answer(response: ServerResponse, status: number, value: object): void {
  send(response, status, 'application/json', JSON.stringify(value))
}

/** Sends the browser to another address of this machine. */
export function redirect(response: ServerResponse, to: string): void {
  send(response, 302, 'text/plain; charset=utf-8', '', { location: to })
}

/** The JSON object that a call sends. Throws a BadCall if it is too long, or something else. */
export async function bodyOf({ request }: Pick<Call, 'request'>): Promise<Readonly<Record<string, unknown>>> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request) {
    size += (piece as Buffer).length
    // The rest of a call that is too long is read and dropped: a client reads the answer only after it has sent its call.
    if (size > maxRead) throw new BadCall('the call is too long')
    if (size <= maxCall) pieces.push(piece as Buffer)
  }
  if (size > maxCall) throw new BadCall('the call is too long')
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString())
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>
  } catch {
    // Reported below.
  }
  throw new BadCall('the call is not JSON')
}
