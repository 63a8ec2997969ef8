/** The extension for VS Code: starts the language server, and runs commands of llmpipe as tasks. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as vscode from 'vscode'
import { LanguageClient } from 'vscode-languageclient/node'

let client: LanguageClient | undefined

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand('llmpipe.run', (uri?: string, stage?: string) => runTask('run', uri, stage)),
    vscode.commands.registerCommand('llmpipe.check', (uri?: string) => runTask('check', uri)),
    vscode.commands.registerCommand('llmpipe.plan', (uri?: string) => runTask('plan', uri)),
    vscode.commands.registerCommand('llmpipe.why', (uri?: string, stage?: string) => runTask('why', uri, stage)),
    vscode.commands.registerCommand('llmpipe.show', (uri?: string, stage?: string) => runTask('show', uri, stage)),
    vscode.commands.registerCommand('llmpipe.restart', restart),
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

/** The command of llmpipe for a folder. A workspace that is not trusted cannot name one. */
function commandOf(folder: vscode.WorkspaceFolder | undefined): string {
  const set = vscode.workspace.getConfiguration('llmpipe', folder).get<string>('path', '')
  if (set !== '') return set
  const name = process.platform === 'win32' ? 'llmpipe.cmd' : 'llmpipe'
  const own = folder === undefined ? undefined : join(folder.uri.fsPath, 'node_modules', '.bin', name)
  return vscode.workspace.isTrusted && own !== undefined && existsSync(own) ? own : 'llmpipe'
}

interface LlmpipeTask extends vscode.TaskDefinition {
  readonly command: string
  readonly file: string
  readonly args?: readonly string[]
}

/** Saves the program, and runs a command of llmpipe on it in the terminal. */
async function runTask(command: string, uri: string | undefined, stage?: string): Promise<void> {
  const document =
    uri === undefined
      ? vscode.window.activeTextEditor?.document
      : await vscode.workspace.openTextDocument(vscode.Uri.parse(uri))
  if (document === undefined || document.isUntitled) {
    void vscode.window.showInformationMessage('Open and save a .llmpipe file first.')
    return
  }
  if (document.isDirty) await document.save()
  const folder = vscode.workspace.getWorkspaceFolder(document.uri)
  const definition: LlmpipeTask = {
    type: 'llmpipe',
    command,
    file: document.uri.fsPath,
    ...(stage === undefined ? {} : { args: command === 'run' ? ['--only', stage] : [stage] }),
  }
  await vscode.tasks.executeTask(taskOf(definition, folder))
}

function taskOf(definition: LlmpipeTask, folder: vscode.WorkspaceFolder | undefined): vscode.Task {
  const { command, file, args = [] } = definition
  const quoted = (value: string) => ({ value, quoting: vscode.ShellQuoting.Strong })
  const options = folder === undefined ? {} : { cwd: folder.uri.fsPath }
  const execution = new vscode.ShellExecution(quoted(commandOf(folder)), [command, file, ...args].map(quoted), options)
  const name = [command, vscode.workspace.asRelativePath(file), ...args].join(' ')
  const task = new vscode.Task(definition, folder ?? vscode.TaskScope.Workspace, name, 'llmpipe', execution, '$llmpipe')
  if (command === 'check') task.group = vscode.TaskGroup.Build
  return task
}

/** How many programs have tasks of their own. */
const maxPrograms = 50

async function provideTasks(): Promise<vscode.Task[]> {
  const files = await vscode.workspace.findFiles('**/*.llmpipe', '**/{node_modules,.llmpipe}/**', maxPrograms)
  return files.flatMap((uri) => {
    const folder = vscode.workspace.getWorkspaceFolder(uri)
    const file = vscode.workspace.asRelativePath(uri, false)
    return ['check', 'run'].map((command) => taskOf({ type: 'llmpipe', command, file }, folder))
  })
}

/** A task that a tasks.json defines. */
function resolveTask(task: vscode.Task): vscode.Task | undefined {
  const { command, file } = task.definition
  if (typeof command !== 'string' || typeof file !== 'string') return undefined
  const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0]
  return taskOf(task.definition as LlmpipeTask, folder)
}
