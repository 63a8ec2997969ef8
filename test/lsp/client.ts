/** A client of the language server: the real protocol over streams in this process, or over the pipes of a real one. */

import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import {
  type ClientCapabilities,
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { languageServices } from '../../src/cli/program/language-services.ts'
import { serve } from '../../src/lsp/server.ts'
import type { LanguageServices } from '../../src/lsp/services.ts'
import { uriOf } from '../../src/lsp/uris.ts'

export interface ClientOptions {
  readonly roots?: readonly string[]
  readonly capabilities?: ClientCapabilities
  readonly services?: Partial<LanguageServices>
}

const snippets: ClientCapabilities = { textDocument: { completion: { completionItem: { snippetSupport: true } } } }

/** A client with a server in this process. */
export async function startClient(options: ClientOptions = {}): Promise<Client> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()]
  serve(createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)), {
    ...languageServices,
    ...options.services,
  })
  const client = new Client(
    createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer)),
  )
  await client.initialize(options)
  return client
}

/** A client with the built command as its server. */
export async function startProcess(options: ClientOptions = {}): Promise<{ client: Client; server: ChildProcess }> {
  const server = spawn(process.execPath, [resolve('dist/llmpipe.js'), 'lsp', '--stdio'], { stdio: 'pipe' })
  const client = new Client(
    createProtocolConnection(new StreamMessageReader(server.stdout!), new StreamMessageWriter(server.stdin!)),
  )
  await client.initialize(options)
  return { client, server }
}

export class Client {
  readonly connection: ProtocolConnection
  readonly shown = new Map<string, PublishDiagnosticsParams>()
  readonly messages: string[] = []
  readonly #documents = new Map<string, TextDocument>()
  readonly #waiting: { readonly uri: string; readonly version: number; resolve(found: Diagnostic[]): void }[] = []

  constructor(connection: ProtocolConnection) {
    this.connection = connection
    connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.shown.set(params.uri, params)
      for (const waiting of this.#waiting.splice(0)) {
        if (waiting.uri === params.uri && (params.version ?? 0) >= waiting.version) waiting.resolve(params.diagnostics)
        else this.#waiting.push(waiting)
      }
    })
    connection.onNotification(
      'window/logMessage',
      ({ message }: { message: string }) => void this.messages.push(message),
    )
    connection.onRequest('client/registerCapability', () => null)
    connection.listen()
  }

  async initialize({ roots = [], capabilities = snippets }: ClientOptions): Promise<unknown> {
    const folders = roots.map((root) => ({ uri: uriOf(root), name: root }))
    const result = await this.request('initialize', {
      processId: process.pid,
      rootUri: folders[0]?.uri ?? null,
      workspaceFolders: folders.length === 0 ? null : folders,
      capabilities,
    })
    await this.connection.sendNotification('initialized', {})
    return result
  }

  request<Answer = unknown>(method: string, params?: object): Promise<Answer> {
    return this.connection.sendRequest<Answer>(method, params)
  }

  /** Opens a document. Resolves with its diagnostics. */
  open(uri: string, text: string): Promise<Diagnostic[]> {
    this.#documents.set(uri, TextDocument.create(uri, 'llmpipe', 1, text))
    const shown = this.#diagnostics(uri, 1)
    void this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'llmpipe', version: 1, text },
    })
    return shown
  }

  /** Replaces a piece of a document, as typing does. Resolves with the diagnostics of the new text. */
  edit(uri: string, start: number, end: number, text: string): Promise<Diagnostic[]> {
    const document = this.document(uri)
    const range = { start: document.positionAt(start), end: document.positionAt(end) }
    const version = document.version + 1
    TextDocument.update(document, [{ range, text }], version)
    const shown = this.#diagnostics(uri, version)
    void this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range, text }],
    })
    return shown
  }

  /** Replaces the whole text of a document. */
  change(uri: string, text: string): Promise<Diagnostic[]> {
    return this.edit(uri, 0, this.document(uri).getText().length, text)
  }

  close(uri: string): void {
    this.#documents.delete(uri)
    void this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } })
  }

  document(uri: string): TextDocument {
    return this.#documents.get(uri)!
  }

  /** The text of a document after edits. */
  edited(uri: string, edits: readonly TextEdit[]): string {
    return TextDocument.applyEdits(this.document(uri), [...edits])
  }

  /** A request about a position in a document: that of the mark `|` in `around`, a piece of its text. */
  at<Answer = unknown>(method: string, uri: string, around: string, more: object = {}): Promise<Answer> {
    return this.request<Answer>(method, { textDocument: { uri }, position: this.position(uri, around), ...more })
  }

  /** The position of the mark `|` in a piece of the text of a document. A pipe of the language does not count as a mark. */
  position(uri: string, around: string): Position {
    const mark = around.search(/\|(?!>)/)
    const piece = around.slice(0, mark) + around.slice(mark + 1)
    const at = this.document(uri).getText().indexOf(piece)
    if (mark === -1 || at === -1) throw new Error(`no place for ${around} in ${uri}`)
    return this.document(uri).positionAt(at + mark)
  }

  #diagnostics(uri: string, version: number): Promise<Diagnostic[]> {
    return new Promise((resolve) => this.#waiting.push({ uri, version, resolve }))
  }

  /** The text that a range of a document covers. */
  text(uri: string, range: { readonly start: Position; readonly end: Position }): string {
    return this.document(uri).getText(range)
  }
}

/** Writes files below a folder, and returns the folder. */
export function project(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** Copies the example programs with their data. */
export function examples(folder: string): string {
  cpSync('pipelines', folder, { recursive: true, filter: (path) => !path.includes('.llmpipe/') })
  return folder
}
