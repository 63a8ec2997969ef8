/**
 * The language server on a long program: from an edit to its diagnostics, completion after an edit, and memory over many edits.
 *
 *     npm run bench lsp -- [--lines N] [--rounds N] [--edits N]
 *
 * The server is the built command, and the client talks to it over its pipes, so every time includes both directions of the protocol. Each
 * round changes one digit of a setting in the middle of the program, asks for completion at once, and waits for the diagnostics.
 * Memory is that of the process after 10 %, 50 % and 100 % of the edits: the resident set, and the heap after a garbage collection.
 */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { entry, machine, median } from '../measure.ts'
import { longProgram } from './program.ts'

const { values: flags } = parseArgs({
  options: {
    lines: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '60' },
    edits: { type: 'string', default: '10000' },
  },
})
const text = longProgram(Number(flags.lines))
const uri = `file://${resolve('pipelines/long.llmpipe')}`
/** The server writes the size of its heap to its fourth stream at this signal. */
const report = `import fs from 'node:fs'
process.on('SIGUSR2', () => { gc(); gc(); fs.writeSync(3, process.memoryUsage().heapUsed + '\\n') })`
const server = spawn(
  process.execPath,
  ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(report)}`, entry, 'lsp'],
  { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] },
)
const connection = createProtocolConnection(
  new StreamMessageReader(server.stdout!),
  new StreamMessageWriter(server.stdin!),
)
let document = TextDocument.create(uri, 'llmpipe', 1, text)
let arrived = (_version: number, _count: number) => {}
connection.onNotification('textDocument/publishDiagnostics', ({ uri: about, version, diagnostics }) => {
  if (about === uri) arrived(version, diagnostics.length)
})
connection.listen()
await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} })
await connection.sendNotification('initialized', {})

const place = text.indexOf('threshold: 0.8', text.length / 2) + 'threshold: 0.'.length
const opened = waitFor(1)
await connection.sendNotification('textDocument/didOpen', {
  textDocument: { uri, languageId: 'llmpipe', version: 1, text },
})
await opened

const diagnostics: number[] = []
const completion: number[] = []
const rounds = Number(flags.rounds)
for (let round = 0; round < rounds; round++) {
  const begin = performance.now()
  const shown = edit(String(1 + (round % 9)))
  const items = connection.sendRequest('textDocument/completion', {
    textDocument: { uri },
    position: document.positionAt(place - 8),
  })
  await items
  const completed = performance.now() - begin
  await shown
  diagnostics.push(performance.now() - begin)
  completion.push(completed)
}
const late = (times: readonly number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0
// The first rounds warm the server up.
const warm = (times: readonly number[]) => times.slice(Math.min(10, times.length >> 1))

const edits = Number(flags.edits)
const memory: Record<string, object> = {}
for (let done = 1; done <= edits; done++) {
  await edit(String(1 + (done % 9)))
  for (const share of [0.1, 0.5, 1])
    if (done === Math.round(edits * share))
      memory[`after ${done} edits`] = { 'resident MB': resident(), 'heap MB': await heap() }
}
console.log(`${machine()}; ${text.split('\n').length} lines, ${rounds} rounds\n`)
console.table({
  'edit to diagnostics': {
    'median ms': median(warm(diagnostics)).toFixed(1),
    '95 % ms': late(warm(diagnostics)).toFixed(1),
  },
  'edit to completion': {
    'median ms': median(warm(completion)).toFixed(1),
    '95 % ms': late(warm(completion)).toFixed(1),
  },
})
console.table(memory)
await connection.sendRequest('shutdown')
await connection.sendNotification('exit')

/** Replaces the digit. Resolves when the diagnostics of the new text have arrived. */
function edit(digit: string): Promise<void> {
  const range = { start: document.positionAt(place), end: document.positionAt(place + 1) }
  const version = document.version + 1
  document = TextDocument.update(document, [{ range, text: digit }], version)
  const shown = waitFor(version)
  void connection.sendNotification('textDocument/didChange', {
    textDocument: { uri, version },
    contentChanges: [{ range, text: digit }],
  })
  return shown
}

function waitFor(version: number): Promise<void> {
  return new Promise((resolve, reject) => {
    arrived = (shown, count) => {
      if (shown !== version) return
      if (count > 0) reject(new Error(`the program has ${count} errors`))
      else resolve()
    }
  })
}

/** The heap of the server after a garbage collection, in megabytes. */
function heap(): Promise<number> {
  return new Promise((resolve) => {
    server.stdio[3]!.once('data', (bytes: Buffer) => resolve(Math.round(Number(String(bytes)) / 1e6)))
    server.kill('SIGUSR2')
  })
}

/** The resident memory of the server, in megabytes. */
function resident(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000)
}
