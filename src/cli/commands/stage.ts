/** `llmpipe stage`: the process of one stage, which the runner starts and talks to. */

import type { Command } from '../command.ts'

export const stage: Command = {
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
      own: async ({ file, sha256, export: name }) =>
        (await import('../../custom/run.ts')).loadStage(file, sha256, name),
    })
    // What was written is out before the process ends, even into a pipe.
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
    process.exit(code)
  },
}
