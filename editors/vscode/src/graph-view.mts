/**
 * The view of the graph: the stages of the program in the editor with their states and costs, each below those that it takes from. A click
 * goes to the declaration. While the view is visible it follows the program and its runs.
 */

import * as vscode from 'vscode'

/** The answer of the server to `llmpipe/graph`: src/lsp/features/graph.ts. */
interface Graph {
  readonly stamp: string
  readonly errors: number
  readonly stages: readonly Stage[]
  readonly run?: { readonly id: string; readonly options: string }
}

interface Stage {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly after: readonly string[]
  readonly state: keyof typeof icons
  readonly detail: string
  readonly cost: string
  readonly metrics: Readonly<Record<string, number>>
  readonly location: { readonly uri: string; readonly range: Range }
}

interface Range {
  readonly start: { readonly line: number; readonly character: number }
}

/** A row of the view: a stage, or a line below one. */
export type Row =
  | { readonly type: 'stage'; readonly stage: Stage; readonly program: string }
  | { readonly type: 'line'; readonly label: string; readonly detail: string; readonly stage?: Stage }

const icons = {
  'to run': ['circle-outline', undefined],
  cached: ['pass', 'testing.iconPassed'],
  waiting: ['watch', undefined],
  running: ['sync~spin', 'charts.blue'],
  finished: ['pass-filled', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  skipped: ['circle-slash', undefined],
  interrupted: ['debug-pause', 'charts.yellow'],
} as const

/** The pause between two looks at the program and its runs, in milliseconds. */
const pause = 1_000

/** Asks the server; `undefined` while there is none. */
export type Ask = (method: string, params: object) => Promise<unknown> | undefined

export class GraphView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #ask: Ask
  readonly #view: vscode.TreeView<Row>
  readonly #changed = new vscode.EventEmitter<undefined>()
  readonly onDidChangeTreeData = this.#changed.event
  readonly #listeners: vscode.Disposable[] = []
  readonly #timer: NodeJS.Timeout
  #program: vscode.Uri | undefined
  #graph: Graph | undefined
  #isAsking = false

  constructor(ask: Ask) {
    this.#ask = ask
    this.#view = vscode.window.createTreeView('llmpipe.graph', { treeDataProvider: this, showCollapseAll: true })
    this.#listeners.push(
      this.#view,
      this.#changed,
      this.#view.onDidChangeVisibility(() => void this.refresh()),
      vscode.window.onDidChangeActiveTextEditor(() => void this.refresh()),
      vscode.workspace.onDidChangeTextDocument(() => void this.refresh()),
    )
    this.#timer = setInterval(() => void this.refresh(), pause)
    void this.refresh()
  }

  dispose(): void {
    clearInterval(this.#timer)
    for (const each of this.#listeners) each.dispose()
  }

  /** Looks at the program in the active editor; while another kind of file is active, at the last program. */
  async refresh(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document
    if (document?.languageId === 'llmpipe' && document.uri.toString() !== this.#program?.toString()) {
      this.#program = document.uri
      this.#graph = undefined
    }
    if (!this.#view.visible || this.#program === undefined || this.#isAsking) return
    this.#isAsking = true
    const uri = this.#program.toString()
    try {
      const stamp = this.#graph?.stamp
      const answer = await this.#ask('llmpipe/graph', { textDocument: { uri }, ...(stamp && { stamp }) })
      if (uri === this.#program.toString() && answer) this.#show(answer as Graph)
    } catch {
      // The server is starting or has ended, and an answer follows when there is one again.
    } finally {
      this.#isAsking = false
    }
  }

  #show(graph: Graph): void {
    // A program in the middle of being typed has no graph, and keeps the last one.
    const isBroken = graph.errors > 0
    this.#graph = isBroken && this.#graph ? { ...this.#graph, stamp: graph.stamp } : graph
    this.#view.description = this.#program === undefined ? '' : vscode.workspace.asRelativePath(this.#program)
    const errors = `${graph.errors} ${graph.errors === 1 ? 'error' : 'errors'}`
    const run = graph.run ? `Running: ${graph.run.id}${graph.run.options ? ` (${graph.run.options})` : ''}` : ''
    this.#view.message = isBroken ? `The program has ${errors}. The graph is that of the last version without.` : run
    this.#changed.fire(undefined)
  }

  getChildren(row?: Row): Row[] {
    const { stages = [] } = this.#graph ?? {}
    if (row === undefined) {
      const program = this.#program?.toString() ?? ''
      return stages.map((stage) => ({ type: 'stage', stage, program }))
    }
    if (row.type === 'line') return []
    const { after, metrics, detail, state, cost } = row.stage
    const line = (label: string, text: string, stage?: Stage): Row => ({
      type: 'line',
      label,
      detail: text,
      ...(stage && { stage }),
    })
    return [
      line(state, detail),
      ...(cost === '' ? [] : [line('cost', cost)]),
      ...after.map((id) => {
        const from = stages.find((stage) => stage.id === id)
        return line('takes from', from?.name ?? id, from)
      }),
      ...Object.entries(metrics).map(([name, value]) => line(name, numberInWords(value))),
    ]
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const isStage = row.type === 'stage'
    const item = new vscode.TreeItem(isStage ? row.stage.name : row.label)
    const { stage } = row
    if (isStage) {
      const { id, kind, state, detail, cost } = row.stage
      item.id = `${row.program} ${id}`
      item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed
      item.contextValue = 'stage'
      const [icon, color] = icons[state] ?? icons['to run']
      item.iconPath = new vscode.ThemeIcon(icon, color && new vscode.ThemeColor(color))
      item.description = [kind, state === 'running' ? detail : state, cost].filter((each) => each !== '').join(' · ')
      item.tooltip = [`${row.stage.name}: ${kind}`, state, detail, cost].filter((each) => each !== '').join('\n')
      item.accessibilityInformation = { label: `${row.stage.name}, ${item.description}` }
    } else item.description = row.detail
    if (stage !== undefined) {
      const { uri, range } = stage.location
      const at = new vscode.Position(range.start.line, range.start.character)
      item.command = {
        command: 'vscode.open',
        title: 'Go to the Declaration',
        arguments: [vscode.Uri.parse(uri), { selection: new vscode.Range(at, at) }],
      }
    }
    return item
  }
}

function numberInWords(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toPrecision(4)
}
