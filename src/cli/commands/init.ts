/** `llmpipe init FOLDER`: a project to start from, which runs in less than a minute. */

import { quoted } from '../../core/values/shell-word.ts'
import { defineCommand } from '../command.ts'
import { write } from '../terminal/output.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const init = defineCommand({
  name: 'init',
  summary: 'create a project: a pipeline that runs in less than a minute, with a little text',
  arguments: [{ name: '[folder]', description: 'the folder; the current one if not given' }],
  examples: [
    ['llmpipe init my-model', ''],
    ['llmpipe run my-model/pipeline.llmpipe', 'and then'],
  ],
  async run([folder = '.']) {
    const { existsSync } = await import('node:fs')
    const { join } = await import('node:path')
    const { writeStarter, starterFiles } = await import('../starter.ts')
    const there = starterFiles.filter((name) => existsSync(join(folder, name)))
    if (there.length > 0)
      throw new Refusal(
        `${there.map((name) => join(folder, name)).join(' and ')} already exist`,
        'Choose another folder.',
      )
    writeStarter(folder)
    const program = quoted(join(folder, 'pipeline.llmpipe'))
    // npx installs no command `llmpipe`.
    const command = process.env.npm_command === 'exec' ? 'npx llmpipe' : 'llmpipe'
    write(`${starterFiles.map((name) => `made ${join(folder, name)}\n`).join('')}
Next:
  ${command} check ${program}
  ${command} run ${program}
  ${command} generate ${program} base "Call me"
`)
    return exit.done
  },
})
