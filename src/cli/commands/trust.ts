/** `llmpipe trust FILE`: lets a project run commands of its own from now on. */

import { type Command, common } from '../command.ts'
import { paramsOf } from '../params.ts'
import { exit } from '../refusal.ts'

export const trust: Command = {
  name: 'trust',
  summary: 'let the programs of a folder run commands of their own',
  details:
    'Prints the commands that the program runs, and remembers its folder in your home. Asked once; programs without shell(…) need none.',
  arguments: [{ name: '<file>', description: 'a program', completes: 'programs' }],
  options: [common.param],
  examples: [['llmpipe trust pipeline.llmpipe', 'after having read what it runs']],
  async run([file = ''], options) {
    const { planOrErrors } = await import('../compiled.ts')
    const { ownCode, trust: remember } = await import('../trust.ts')
    const plan = planOrErrors(file, { params: paramsOf(options) })
    if (plan === undefined) return exit.refused
    for (const { name, params } of ownCode(plan)) process.stdout.write(`${name} runs: ${String(params.command)}\n`)
    process.stdout.write(`trusted: ${remember(file)}\n`)
    return exit.done
  },
}
