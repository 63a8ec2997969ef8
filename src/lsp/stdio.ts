/** Serves an editor over the standard input and output of this process. */

import { createConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node'
import { serve } from './server.ts'
import type { LanguageServices } from './services.ts'

/** Serves until the connection ends the process: after `exit`, or when the client is gone. */
export function serveStdio(services: LanguageServices): Promise<never> {
  // Text that a library prints must not mix with the protocol.
  console.log = console.error
  serve(createConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout)), services)
  // Without the protocol's own reader of stdin, nothing else notices that the client is gone.
  process.stdin.once('end', () => process.exit(1))
  process.stdin.once('close', () => process.exit(1))
  return new Promise<never>(() => undefined)
}
