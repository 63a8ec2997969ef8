/** Everything that the server receives from the command line, so that it imports neither stages nor the store. */

import type { Program } from '../../grammar/syntax.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { CustomFile } from '../core/kind/custom-file.ts'
import type { Catalogue, StageKind } from '../core/kind/kind.ts'
import type { SettingSchema } from '../core/kind/setting.ts'
import type { ElaborateModel } from '../language/2-check/env.ts'
import type { Explanation } from '../language/messages/explanation.ts'
import type { TypedProgram } from '../language/program.ts'

/** The custom stages that one program uses. */
export interface CustomFiles {
  /** Loads a file that the user trusts as it is. No other code runs. `undefined` if the file does not exist. */
  load(path: string): CustomFile | undefined
  /** Whether `load` asked for files that are still to be described. */
  isPending(): boolean
  /** Describes the files that `load` asked for and did not find described. Returns whether there were any. */
  settle(stop: AbortSignal): Promise<boolean>
}

/** The record of a stage in the store. */
export interface StageState {
  /** `cached`, or why the stage would run. */
  readonly state: string
  /** The metrics of its last result. */
  readonly metrics: Readonly<Record<string, number>>
}

/** The stages of a program, each after those that it takes from. */
export interface StageGraph {
  readonly stages: readonly GraphStage[]
  /** The run of the program that is under way, with its options as one types them. */
  readonly run?: { readonly id: string; readonly options: string }
}

export interface GraphStage {
  readonly id: string
  readonly name: string
  readonly kind: string
  /** The ids of the stages that it takes from. */
  readonly after: readonly string[]
  /** The line and the column of its declaration, from 1. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number }
  /** `to run` and `cached` say what a run would do; the others are states of the run that is under way, or of the last one. */
  readonly state: 'to run' | 'cached' | 'waiting' | 'running' | 'finished' | 'failed' | 'skipped' | 'interrupted'
  /** Why it runs or failed, or how far it has come. */
  readonly detail: string
  /** The time that it took, or the size and the estimated time of a training; empty if neither is known. */
  readonly cost: string
  /** The metrics of its result. */
  readonly metrics: Readonly<Record<string, number>>
}

export interface LanguageServices {
  readonly version: string
  readonly catalogue: Catalogue
  readonly elaborateModel: ElaborateModel
  readonly explanations: readonly Explanation[]
  /** The URI of the page that explains a code. */
  pageOf(code: string): string
  /** The text of a file by its path, or of a standard module by `std:name`. `undefined` if there is no such source. */
  readSource(path: string): string | undefined
  /** The path of the file of a source. */
  sourceFile(path: string): string
  /** The syntax tree of a standard module that the build parsed; `undefined` for other sources. */
  parsedSource(path: string, text: string): Program | undefined
  /** The real place of a path: absolute, with links followed. */
  place(path: string): string
  /** The custom stages that the program in a file uses. */
  customFiles(program: string): CustomFiles
  /** Errors of a correct program that only other parts of llmpipe find. */
  furtherErrors(program: TypedProgram): readonly Diagnostic[]
  /** Warnings that depend on the machine and its files, such as missing inputs. */
  warnings(program: TypedProgram, sources: ReadonlyMap<string, string>): Promise<readonly Diagnostic[]>
  /** The records of the stages of a program in the store, by the name of the stage. */
  states(program: TypedProgram, sources: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, StageState>>
  /** The stages of a program with their states and costs. */
  graph(program: TypedProgram, sources: ReadonlyMap<string, string>): Promise<StageGraph>
  /** A text that changes when the graph of the program in a file would although its text does not. */
  graphStamp(program: string): Promise<string>
  /** The reference of a name that programs can call, as Markdown. */
  referenceOfName(name: string): string | undefined
  /** The reference of a stage kind, as Markdown. */
  referenceOfKind(kind: StageKind): string
  /** The reference of one setting, as a Markdown list. */
  referenceOfSetting(name: string, schema: SettingSchema): string
  /** The first 64 KiB of a file as text; `undefined` if it cannot be read. */
  headOf(path: string): string | undefined
  /** Whether a file exists. */
  exists(path: string): boolean
  /** The names in a folder, with a slash behind those of folders. */
  listFolder(path: string): readonly string[]
  /** The paths of the programs below a folder, up to a limit. */
  programsBelow(folder: string): readonly string[]
}
