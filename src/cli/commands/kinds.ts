/** `llmpipe kinds [NAME]`: the kinds of stages, with inputs and settings. */

import { type Command, common } from '../command.ts'
import { printJson } from '../print.ts'
import { exit } from '../refusal.ts'
import { help } from './help.ts'

export const kinds: Command = {
  name: 'kinds',
  summary: 'list what programs can call, or describe one of it',
  arguments: [{ name: '[name]', description: 'a kind', completes: 'kinds' }],
  options: [{ ...common.json, description: 'print the kinds with the JSON Schema of their settings' }],
  examples: [
    ['llmpipe kinds', ''],
    ['llmpipe kinds pretrain', 'its inputs and settings'],
    ['llmpipe kinds --json', 'for tools'],
  ],
  async run([name], options) {
    if (name !== undefined && !options.json) return help.run([name], options)
    const { kinds: table } = await import('../../stages/index.ts')
    if (options.json) {
      const chosen = Object.values(table).filter((kind) => name === undefined || kind.name === name)
      printJson(chosen.map(({ outputs, resources, load, ...plain }) => plain))
      return exit.done
    }
    const wide = Math.max(...Object.keys(table).map((each) => each.length))
    for (const kind of Object.values(table)) process.stdout.write(`${kind.name.padEnd(wide)}  ${kind.summary}\n`)
    return exit.done
  },
}
