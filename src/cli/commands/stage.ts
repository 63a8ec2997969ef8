/** `llmpipe stage`: the process of one stage, which the runner starts. */

import { defineCommand } from '../command.ts'

export const stage = defineCommand({
  name: 'stage',
  summary: 'run the stage whose job is on standard input',
  examples: [],
  hidden: true,
  async run() {
    const { stageProcess } = await import('../../run/stage/stage-process.ts')
    const { kinds } = await import('../../stages/index.ts')
    const { services } = await import('../services.ts')
    const code = await stageProcess(kinds, services, {
      stdin: process.stdin,
      stdout: process.stdout,
      partScript: { file: process.argv[1]!, argv: ['make-parts'] },
      custom: async ({ file, sha256, export: name }) =>
        (await import('../../custom/run.ts')).loadStage(file, sha256, name),
    })
    // process.exit would drop output that is still in the pipe.
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
    process.exit(code)
  },
})
