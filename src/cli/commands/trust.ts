/** `llmpipe trust FILE`: lets a project run commands of its own from now on. */

import { type Command, common } from '../command.ts'
import { paramsOf } from '../params.ts'
import { exit } from '../refusal.ts'

export const trust: Command = {
  name: 'trust',
  summary: 'let the programs of a folder run commands of their own',
  details:
    'Prints the commands and the files of code that the program runs, and remembers its folder in your home. Asked once; programs without shell(…) and without stages of their own need none. Files of code are loaded by this already, to learn what they export: read them first.',
  arguments: [{ name: '<file>', description: 'a program', completes: 'programs' }],
  options: [common.param],
  examples: [['llmpipe trust pipeline.llmpipe', 'after having read what it runs']],
  async run([file = ''], options) {
    const { planOrErrors } = await import('../compiled.ts')
    const { storeFor } = await import('../store-folder.ts')
    const { ownCode, trust: remember, whatRuns } = await import('../trust.ts')
    const store = storeFor(options, file).root
    const plan = planOrErrors(file, { params: paramsOf(options), store, trusted: true })
    if (plan === undefined) return exit.refused
    for (const node of ownCode(plan)) process.stdout.write(`${whatRuns(node)}\n`)
    process.stdout.write(`trusted: ${remember(file)}\n`)
    return exit.done
  },
}
