/** Where the store is: the folder given, else `.llmpipe` beside the program. */

import { dirname, join, resolve } from 'node:path'
import { type FolderStore, openStore } from '../store/folder-store.ts'
import { type Options, text } from './command.ts'

/** The store for a program; without one, that of the folder one is in. */
export function storeFor(options: Options, program?: string): FolderStore {
  const beside = program === undefined ? '.' : dirname(program)
  return openStore(resolve(text(options, 'store') ?? join(beside, '.llmpipe')))
}
