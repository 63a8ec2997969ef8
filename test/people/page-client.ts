/** The page of ranking as a program sees it: the command that serves it, and the calls that it makes. */

import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

/** Calls the page's server as the page does. */
export async function call(address: string, what: string, body: object, headers: Record<string, string> = {}) {
  const url = new URL(address)
  const response = await fetch(new URL(what, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${url.searchParams.get('token')}`, ...headers },
    body: JSON.stringify(body),
  })
  // biome-ignore lint/suspicious/noExplicitAny: the page's state, or an error.
  return { status: response.status, state: (await response.json()) as any }
}

/** Starts a command, and waits for an address in what it says. */
export async function startServer(folder: string, args: readonly string[], onStart: (child: ChildProcess) => void) {
  const child = spawn(process.execPath, [resolve('dist/llmpipe.js'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onStart(child)
  let stdout = ''
  const over = new Promise<number | null>((done) => child.on('close', (code) => done(code)))
  const address = await new Promise<string>((found, reject) => {
    child.stdout.on('data', (piece) => {
      stdout += piece
      const at = /http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]+/.exec(stdout)
      if (at) found(at[0])
    })
    void over.then((code) => reject(new Error(`it ended with ${code}: ${stdout}`)))
  })
  return { child, address, over, stdout: () => stdout }
}
