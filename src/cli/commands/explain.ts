/** `llmpipe explain CODE`: the meaning of an error, its cause and the way out. */

import { sanitize } from '../../core/values/printable.ts'
import { defineCommand } from '../command.ts'
import { write } from '../terminal/output.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const explain = defineCommand({
  name: 'explain',
  summary: 'explain the code of an error',
  arguments: [
    { name: '[code]', description: 'a code, as in error[E0301]; lists all codes if not given', completes: 'codes' },
  ],
  examples: [['llmpipe explain E0301', '']],
  async run([code]) {
    const { explanations } = await import('../../language/messages/codes.generated.ts')
    if (code === undefined) {
      for (const each of explanations) write(`${each.code}  ${each.title}\n`)
      return exit.done
    }
    const found = explanations.find((each) => each.code === code.toUpperCase())
    if (found === undefined) throw new Refusal(`there is no code ${code}`, 'llmpipe explain lists all codes.')
    const indented = (program: string) => program.replace(/^(?=.)/gm, '  ')
    const example =
      found.wrong === undefined || found.right === undefined
        ? ''
        : `\nWrong:\n\n${indented(found.wrong)}\n\nRight:\n\n${indented(found.right)}\n`
    write(`${found.code}: ${found.title}\n\n${found.text}\n${sanitize(example, { keep: '\n', all: true })}`)
    return exit.done
  },
})
