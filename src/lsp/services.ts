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
  /** The reference of a name that programs can call, as Markdown. */
  referenceOfName(name: string): string | undefined
  /** The reference of a stage kind, as Markdown. */
  referenceOfKind(kind: StageKind): string
  /** The reference of one setting, as a Markdown list. */
  referenceOfSetting(name: string, schema: SettingSchema): string
  /** Whether a file exists. */
  exists(path: string): boolean
  /** The names in a folder, with a slash behind those of folders. */
  listFolder(path: string): readonly string[]
  /** The paths of the programs below a folder, up to a limit. */
  programsBelow(folder: string): readonly string[]
}
