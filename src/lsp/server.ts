/** The language server: connects the requests of the protocol with the features, one file each in features/. */

import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  type InlayHint,
  type Position,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { standardModules } from '../language/1-resolve/standard.ts'
import { completionAt } from './completion/completion.ts'
import { codeActions } from './features/code-actions.ts'
import { codeLenses } from './features/code-lenses.ts'
import { definitionAt, highlightsAt, referencesAt } from './features/definition.ts'
import { foldingRanges } from './features/folding.ts'
import { formatting } from './features/formatting.ts'
import { type GraphAnswer, type GraphParams, Graphs, graphMethod } from './features/graph.ts'
import { hoverAt } from './features/hover.ts'
import { inlayHints } from './features/inlay-hints.ts'
import { rename, renamedRange } from './features/rename.ts'
import { semanticTokens, semanticTokensLegend } from './features/semantic-tokens.ts'
import { signatureHelpAt } from './features/signature-help.ts'
import { documentSymbols, workspaceSymbols } from './features/symbols.ts'
import { Publisher } from './publisher.ts'
import { aboutDocument, aboutPosition, aboutRange } from './requests.ts'
import type { LanguageServices } from './services.ts'
import { StageStates } from './states.ts'
import { pathOf } from './uris.ts'
import { Workspace } from './workspace.ts'

/** Serves a client until the connection ends. */
export function serve(connection: Connection, services: LanguageServices): void {
  const workspace = new Workspace(services, standardModules)
  const documents = new TextDocuments(TextDocument)
  const publisher = new Publisher(connection, workspace)
  const states = new StageStates(workspace)
  const graphs = new Graphs(workspace)
  let client: InitializeParams['capabilities'] = {}
  let editorCommands = false

  connection.onInitialize((params): InitializeResult => {
    client = params.capabilities
    editorCommands = params.initializationOptions?.editorCommands === true
    workspace.roots = rootsOf(params)
    return { capabilities, serverInfo: { name: 'llmpipe', version: services.version } }
  })
  connection.onInitialized(() => {
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration)
      void connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: '**/*.{llmpipe,ts,js,mts,mjs,cts,cjs}' }],
      })
    if (client.workspace?.workspaceFolders)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => pathOf(uri)))
        const kept = workspace.roots.filter((root) => !gone.has(root))
        workspace.roots = [...new Set([...kept, ...added.flatMap(({ uri }) => pathOf(uri) ?? [])])]
      })
  })
  connection.onShutdown(() => publisher.end())

  documents.onDidOpen(({ document }) => workspace.open(document))
  documents.onDidChangeContent(({ document }) => {
    const path = workspace.path(document.uri)
    if (path !== undefined) publisher.changed(path)
  })
  documents.onDidClose(({ document: { uri } }) => {
    const path = workspace.path(uri)
    workspace.close(uri)
    if (path === undefined) return
    states.forget(path)
    publisher.closed(path, uri)
  })
  connection.onDidChangeWatchedFiles(() => {
    workspace.refresh()
    publisher.changedAll()
  })

  /** The answer about a document, or `otherwise` for a document that the server does not have. */
  const about = <Answer>(uri: string, otherwise: Answer, answer: (path: string) => Answer): Answer => {
    const path = workspace.path(uri)
    return path === undefined || workspace.document(path) === undefined ? otherwise : answer(path)
  }
  interface At {
    readonly textDocument: { readonly uri: string }
    readonly position: Position
  }
  const at = <Answer>(
    { textDocument: { uri }, position }: At,
    otherwise: Answer,
    answer: (path: string, offset: number) => Answer,
  ) => about(uri, otherwise, (path) => answer(path, workspace.document(path)!.offsetAt(position)))
  const hasSnippets = () => client.textDocument?.completion?.completionItem?.snippetSupport === true

  connection.onHover(
    aboutPosition((params) =>
      at(params, null, async (path, offset) => hoverAt(workspace, path, offset, await states.of(path)) ?? null),
    ),
  )
  connection.onCompletion(
    aboutPosition((params) =>
      at(params, [], (path, offset) =>
        completionAt(workspace, path, offset, { snippets: hasSnippets(), editorCommands }),
      ),
    ),
  )
  connection.onSignatureHelp(
    aboutPosition((params) => at(params, null, (path, offset) => signatureHelpAt(workspace, path, offset))),
  )
  connection.onDefinition(
    aboutPosition((params) => at(params, [], (path, offset) => definitionAt(workspace, path, offset))),
  )
  connection.onReferences(
    aboutPosition((params) =>
      at(params, [], (path, offset) =>
        referencesAt(workspace, path, offset, params.context?.includeDeclaration === true),
      ),
    ),
  )
  connection.onDocumentHighlight(
    aboutPosition((params) => at(params, [], (path, offset) => highlightsAt(workspace, path, offset))),
  )
  connection.onPrepareRename(
    aboutPosition((params) => at(params, null, (path, offset) => renamedRange(workspace, path, offset))),
  )
  connection.onRenameRequest(
    aboutPosition((params) => at(params, null, (path, offset) => rename(workspace, path, offset, params.newName))),
  )
  connection.onDocumentSymbol(
    aboutDocument(({ textDocument: { uri } }) => about(uri, [], (path) => documentSymbols(workspace, path))),
  )
  connection.onWorkspaceSymbol((params) => workspaceSymbols(workspace, params?.query ?? ''))
  connection.onFoldingRanges(
    aboutDocument(({ textDocument: { uri } }) => about(uri, [], (path) => foldingRanges(workspace, path))),
  )
  connection.onDocumentFormatting(
    aboutDocument(({ textDocument: { uri } }) => about(uri, [], (path) => formatting(workspace, path))),
  )
  connection.onCodeAction(
    aboutRange(({ textDocument: { uri }, range, context }) =>
      about(uri, [], (path) => codeActions(workspace, path, range, context?.diagnostics ?? [])),
    ),
  )
  connection.onCodeLens(
    aboutDocument(({ textDocument: { uri } }) => about(uri, [], (path) => codeLenses(workspace, path))),
  )
  connection.languages.inlayHint.on(
    aboutRange(({ textDocument: { uri }, range }) =>
      about<InlayHint[] | Promise<InlayHint[]>>(uri, [], async (path) =>
        inlayHints(workspace, path, range, await states.of(path)),
      ),
    ),
  )
  connection.languages.semanticTokens.on(
    aboutDocument(({ textDocument: { uri } }) => about(uri, { data: [] }, (path) => semanticTokens(workspace, path))),
  )
  connection.languages.semanticTokens.onRange(
    aboutRange(({ textDocument: { uri }, range }) =>
      about(uri, { data: [] }, (path) => {
        const document = workspace.document(path)!
        return semanticTokens(workspace, path, document.offsetAt(range.start), document.offsetAt(range.end))
      }),
    ),
  )
  connection.onRequest(
    graphMethod,
    aboutDocument((params: GraphParams) =>
      about<Promise<GraphAnswer | null> | null>(params.textDocument.uri, null, (path) => graphs.of(path, params.stamp)),
    ),
  )

  documents.listen(connection)
  connection.listen()
}

function rootsOf({ workspaceFolders, rootUri }: InitializeParams): string[] {
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : [])
  return uris.flatMap((uri) => pathOf(uri) ?? []).map((path) => path.replace(/(?<=.)\/$/, ''))
}

const capabilities: InitializeResult['capabilities'] = {
  positionEncoding: 'utf-16',
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  hoverProvider: true,
  completionProvider: { triggerCharacters: ['.', ':', '(', ',', '"', '/', '{', '>', ' '] },
  signatureHelpProvider: { triggerCharacters: ['(', ',', ':'], retriggerCharacters: [')'] },
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  codeActionProvider: { codeActionKinds: ['quickfix'] },
  codeLensProvider: {},
  inlayHintProvider: true,
  semanticTokensProvider: { legend: semanticTokensLegend, full: true, range: true },
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
}
