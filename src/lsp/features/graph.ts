/**
 * The graph of a program for the views of editors, as the request `llmpipe/graph`: each stage with its state, its cost and its place. An
 * editor asks again with the stamp of the answer that it has, and gets `null` while that answer is up to date.
 */

import type { Location } from 'vscode-languageserver'
import type { GraphStage, StageGraph } from '../services.ts'
import type { Workspace } from '../workspace.ts'

export const graphMethod = 'llmpipe/graph'

export interface GraphParams {
  readonly textDocument: { readonly uri: string }
  /** The stamp of the answer that the editor has. */
  readonly stamp?: string
}

export interface GraphAnswer {
  readonly stamp: string
  /** The number of errors because of which the program has no graph. */
  readonly errors: number
  readonly stages: readonly (Omit<GraphStage, 'place'> & { readonly location: Location })[]
  /** The run of the program that is under way, with its options as one types them. */
  readonly run?: StageGraph['run']
}

export class Graphs {
  readonly #workspace: Workspace
  /** Counts the versions of each program: a snapshot is made again only after a change. */
  readonly #versions = new WeakMap<object, number>()
  #last = 0

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  /** The graph of the program in a file; `null` if that is the one with the stamp `known`. */
  async of(path: string, known?: string): Promise<GraphAnswer | null> {
    const { services } = this.#workspace
    const snapshot = this.#workspace.snapshot(path)
    const { program, sources, diagnostics } = snapshot
    const stamp = `${this.#version(snapshot)} ${await services.graphStamp(path)}`
    if (stamp === known) return null
    if (program === undefined)
      return { stamp, errors: diagnostics.filter(({ severity }) => severity === 'error').length, stages: [] }
    const { stages, run } = await services.graph(program, sources)
    return {
      stamp,
      errors: 0,
      stages: stages.map(({ place: { file, line, column }, ...stage }) => {
        const start = { line: line - 1, character: column - 1 }
        return { ...stage, location: { uri: this.#workspace.uri(file), range: { start, end: start } } }
      }),
      ...(run === undefined ? {} : { run }),
    }
  }

  #version(snapshot: object): number {
    const version = this.#versions.get(snapshot) ?? ++this.#last
    this.#versions.set(snapshot, version)
    return version
  }
}
