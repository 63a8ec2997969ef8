/** The extension for VS Code: starts the language server, runs commands of llmpipe as tasks, and shows the graph. */

import * as vscode from 'vscode'
import { LanguageClient } from 'vscode-languageclient/node'
import { GraphView } from './graph-view.mts'
import { commandOf, type Place, provideTasks, resolveTask, runTask } from './tasks.mts'

/** The commands that run llmpipe in the terminal. */
const taskCommands = ['llmpipe.run', 'llmpipe.check', 'llmpipe.plan', 'llmpipe.why', 'llmpipe.show', 'llmpipe.test']

let client: LanguageClient | undefined

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    ...taskCommands.map((command) =>
      vscode.commands.registerCommand(command, (at?: Place, stage?: string) =>
        runTask(command.slice('llmpipe.'.length), at, stage),
      ),
    ),
    vscode.commands.registerCommand('llmpipe.restart', restart),
    new GraphView((method, params) => client?.sendRequest(method, params)),
    vscode.tasks.registerTaskProvider('llmpipe', { provideTasks, resolveTask }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('llmpipe.path')) void restart()
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void restart()),
  )
  await start()
}

export async function deactivate(): Promise<void> {
  await client?.stop()
  client = undefined
}

async function restart(): Promise<void> {
  await deactivate()
  await start()
}

async function start(): Promise<void> {
  const command = commandOf(vscode.workspace.workspaceFolders?.[0])
  const isScript = process.platform === 'win32' && !command.endsWith('.exe')
  const starting = new LanguageClient(
    'llmpipe',
    'llmpipe',
    { command, args: ['lsp'], options: { shell: isScript } },
    {
      documentSelector: [
        { scheme: 'file', language: 'llmpipe' },
        { scheme: 'untitled', language: 'llmpipe' },
      ],
      // The server names commands of VS Code in completions only if it is told to.
      initializationOptions: { editorCommands: true },
    },
  )
  try {
    await starting.start()
    client = starting
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const open = 'Open the Setting'
    const chosen = await vscode.window.showErrorMessage(
      `llmpipe could not be started as "${command}": ${reason}. Install it (npm install -g llmpipe), or set llmpipe.path.`,
      open,
    )
    if (chosen === open) await vscode.commands.executeCommand('workbench.action.openSettings', 'llmpipe.path')
  }
}
