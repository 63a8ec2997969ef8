/** The server of a tracker: its address without secrets, and calls of JSON. */

import { isObject } from '../../core/values/shape.ts'
import { Refused } from './outbox.ts'

/** Milliseconds that a call may take. */
const patience = 15_000

export interface TrackingServer {
  /** Without user, password and query: what messages may show. */
  readonly shown: string
  /** Calls a path below the address. Throws an error if the server cannot be reached, answers too late or is out of order. */
  call(method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: object): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly body: { readonly [field: string]: unknown }
}

/** `headers` are those of every call: its authorization. */
export function trackingServer(address: string, headers: Readonly<Record<string, string>>): TrackingServer {
  const { origin, pathname } = new URL(address)
  const base = `${origin}${pathname.replace(/\/+$/, '')}`
  return {
    shown: base,
    async call(method, path, signal, body) {
      const response = await fetch(`${base}/${path}`, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw new Error(`${base} cannot be reached: ${reasonOf(error)}`)
      })
      const text = await response.text()
      const read = jsonIn(text)
      if (response.status >= 500) throw new Error(`${base} answered ${response.status}`)
      return { status: response.status, body: isObject(read) ? read : {} }
    },
  }
}

/** Throws a Refused unless the server accepted the call. */
export function accepted(answer: Answer, server: TrackingServer): Answer {
  if (answer.status < 300) return answer
  const { message, error } = answer.body
  const said = typeof message === 'string' ? message : typeof error === 'string' ? error : ''
  throw new Refused(`${server.shown} answered ${answer.status}${said === '' ? '' : `: ${said.slice(0, 300)}`}`)
}

/** An address of a server over HTTP; `undefined` for anything else. */
export function webAddress(text: string): URL | undefined {
  try {
    const url = new URL(text)
    return /^https?:$/.test(url.protocol) ? url : undefined
  } catch {
    return undefined
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A page of a proxy, for example.
    return undefined
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const message = cause instanceof Error ? cause.message : String(cause)
  return message === '' && cause instanceof Error && 'code' in cause ? String(cause.code) : message
}
