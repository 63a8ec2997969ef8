/** Commands of llmpipe as tasks: those of the lenses and menus, and those that a tasks.json or the list of tasks names. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as vscode from 'vscode'
import type { Row } from './graph-view.mts'

/** The command of llmpipe for a folder. A workspace that is not trusted cannot name one. */
export function commandOf(folder: vscode.WorkspaceFolder | undefined): string {
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

/** A program, as lenses and menus name it, or a row of the graph. */
export type Place = string | vscode.Uri | Row

/** Saves a program, and runs a command of llmpipe on it in the terminal. Without `at`, the program in the editor. */
export async function runTask(command: string, at?: Place, stage?: string): Promise<void> {
  if (typeof at === 'object' && 'type' in at)
    return at.type === 'stage' ? runTask(command, at.program, at.stage.name) : undefined
  const document =
    at === undefined
      ? vscode.window.activeTextEditor?.document
      : await vscode.workspace.openTextDocument(typeof at === 'string' ? vscode.Uri.parse(at) : at)
  if (document === undefined || document.isUntitled || document.languageId !== 'llmpipe') {
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
  if (command === 'test') task.group = vscode.TaskGroup.Test
  return task
}

/** How many programs have tasks of their own. */
const maxPrograms = 50

export async function provideTasks(): Promise<vscode.Task[]> {
  const files = await vscode.workspace.findFiles('**/*.llmpipe', '**/{node_modules,.llmpipe}/**', maxPrograms)
  return files.flatMap((uri) => {
    const folder = vscode.workspace.getWorkspaceFolder(uri)
    const file = vscode.workspace.asRelativePath(uri, false)
    return ['check', 'run', 'test'].map((command) => taskOf({ type: 'llmpipe', command, file }, folder))
  })
}

/** A task that a tasks.json defines. */
export function resolveTask(task: vscode.Task): vscode.Task | undefined {
  const { command, file } = task.definition
  if (typeof command !== 'string' || typeof file !== 'string') return undefined
  const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0]
  return taskOf(task.definition as LlmpipeTask, folder)
}
