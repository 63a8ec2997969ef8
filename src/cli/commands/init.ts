/** `llmpipe init FOLDER`: a project to start from, which runs in less than a minute. */

import { quoted } from '../../core/values/shell-word.ts'
import { defineCommand } from '../command.ts'
import { choice } from '../option.ts'
import { templates } from '../starter.ts'
import { write } from '../terminal/output.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const init = defineCommand({
  name: 'init',
  summary: 'create a project: a pipeline that runs in less than a minute, with a little data',
  details: `The templates: pretrain (the default) trains a small model, finetune teaches one to answer, align prefers better answers, data
    makes a corpus, sweep compares models, stage has a stage of your own in TypeScript. AGENTS.md tells coding assistants what llmpipe is.`,
  arguments: [{ name: '[folder]', description: 'the folder; the current one if not given' }],
  options: { template: choice('name', templates, 'what the project does') },
  examples: [
    ['llmpipe init my-model', ''],
    ['llmpipe init my-assistant --template finetune', ''],
    ['llmpipe run my-model/pipeline.llmpipe', 'and then'],
  ],
  async run([folder = '.'], { template = 'pretrain' }) {
    const { join } = await import('node:path')
    const { existsSync, statSync } = await import('node:fs')
    const { existingFiles, starterFiles, writers, writeStarter } = await import('../starter.ts')
    if (existsSync(folder) && !statSync(folder).isDirectory())
      throw new Refusal(
        `${folder} is a file, not a folder`,
        'Name a folder for the project; it is made if it does not exist.',
      )
    const there = existingFiles(folder, template)
    if (there.length > 0) throw new Refusal(`${there.join(' and ')} already exist`, 'Choose another folder.')
    writeStarter(folder, template)
    const program = quoted(join(folder, 'pipeline.llmpipe'))
    // npx installs no command `llmpipe`.
    const command = process.env.npm_command === 'exec' ? 'npx llmpipe' : 'llmpipe'
    const writer = writers[template]
    const next = [
      ...(template === 'stage' ? [`trust ${program}`] : []),
      `check ${program}`,
      `run ${program}`,
      ...(writer === undefined ? [] : [`generate ${program} ${writer} "Call me"`]),
    ]
    write(`${[...starterFiles(template).keys()].map((name) => `made ${join(folder, name)}\n`).join('')}
Next:
${next.map((words) => `  ${command} ${words}\n`).join('')}`)
    return exit.done
  },
})
