/** `llmpipe complete WHAT [PROGRAM]`: the words that the completion of a shell offers, one a line. It runs at every Tab, so it compiles nothing. */

import { defineCommand } from '../command.ts'
import { write } from '../terminal/output.ts'
import { exit } from '../terminal/refusal.ts'

/** The words that depend on a program or a store. */
export const completedWords = ['stages', 'params', 'runs'] as const

export const complete = defineCommand({
  name: 'complete',
  summary: 'print the stages, params or runs that a shell can complete',
  arguments: [
    { name: '<what>', description: 'stages, params or runs', completes: completedWords },
    { name: '[program]', description: 'the program whose they are' },
  ],
  examples: [],
  hidden: true,
  async run([what, program]) {
    const words = what === 'runs' ? await runs(program) : await names(what === 'params', program)
    // A line is a word. Names with other control characters do not exist.
    write(words.map((word) => `${word}\n`).join(''))
    return exit.done
  },
})

/** The runs of the store, the newest first. */
async function runs(program: string | undefined): Promise<string[]> {
  const { storeFor } = await import('../program/store-folder.ts')
  const { runsIn } = await import('../../run/log/past-runs.ts')
  return runsIn(storeFor({ store: undefined }, program).root).reverse()
}

/** The params of a program as `name=`, with those of the files that it uses; or the names that it binds. Empty if it cannot be read. */
async function names(isParams: boolean, program: string | undefined): Promise<string[]> {
  if (program === undefined) return []
  const { glance } = await import('../../../grammar/glance.ts')
  const { fileOf } = await import('../../language/1-resolve/target.ts')
  const { readSource } = await import('../program/sources.ts')
  const found = new Set<string>()
  const seen = new Set<string>()
  const add = (path: string): void => {
    const text = seen.has(path) ? undefined : readSource(path)
    seen.add(path)
    if (text === undefined) return
    const { bound, params, uses } = glance(text)
    if (isParams)
      for (const use of uses) {
        const target = fileOf(path, use, readSource)
        if (target?.endsWith('.llmpipe')) add(target)
      }
    for (const name of isParams ? params : bound) found.add(isParams ? `${name}=` : name)
  }
  add(program)
  return [...found]
}
