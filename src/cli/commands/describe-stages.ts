/** `llmpipe describe-stages`: the process that loads a file of custom stages and describes its exports; the compiler starts it. */

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { defineCommand } from '../command.ts'

export const describeStages = defineCommand({
  name: 'describe-stages',
  summary: 'describe the exports of a file of custom stages, as JSON on file descriptor 3',
  examples: [],
  hidden: true,
  arguments: [{ name: '<call>', description: 'the file and how to load it, as JSON' }],
  async run([call = '']) {
    const { endWithParent } = await import('../../process/watchdog.ts')
    // Code that never ends must not outlive the command that asked for the description.
    endWithParent(0)
    const { describe } = await import('../../custom/describe.ts')
    const { projectOf, remember, trustedIn } = await import('../program/trust-list.ts')
    const asked = JSON.parse(call)
    const project = projectOf(join(asked.base, 'any'))
    const described = await describe(asked, {
      isTrusted: (digest) => trustedIn(project).has(digest),
      trust: (digests) => {
        const known = trustedIn(project)
        if (!digests.every((digest) => known.has(digest))) remember(project, digests)
      },
    })
    const bytes = Buffer.from(JSON.stringify(described))
    for (let at = 0; at < bytes.length; ) at += writeSync(3, bytes, at)
    // The file may have left timers or sockets behind, which would keep the process alive.
    process.exit(0)
  },
})
