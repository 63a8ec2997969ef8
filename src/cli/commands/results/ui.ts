/** `llmpipe ui [FILE]`: the report of runs as pages of this machine that follow them. */

import { defineCommand } from '../../command.ts'
import { storeOption } from '../../common-options.ts'
import { text } from '../../option.ts'
import { write, writeError } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const ui = defineCommand({
  name: 'ui',
  summary: 'show runs in the browser while they go on: the views of the report, all runs, and ranking pages',
  details: `Serves pages on 127.0.0.1 only, until you press Ctrl-C. Whoever knows the address with its token may read them. They show what
    report shows, follow the run that is under way, and compare it with earlier ones. They change nothing, but people may rank.`,
  arguments: [
    { name: '[file]', description: 'the program; all programs of the store if not given', completes: 'programs' },
  ],
  options: {
    port: text('port', 'serve on this port, or on another if it is in use; any free port if not given'),
    store: storeOption,
  },
  examples: [
    ['llmpipe ui pipeline.llmpipe', 'print the address, and serve'],
    ['llmpipe ui --port 8080', 'all runs of the store in this folder, at a port that a tunnel can name'],
  ],
  async run([file], { port: typed, store: given }) {
    const { existsSync, statSync } = await import('node:fs')
    const { storeFor } = await import('../../program/store-folder.ts')
    const { services } = await import('../../services.ts')
    const { serveUi } = await import('../../ui/serve.ts')
    const port = typed === undefined ? undefined : Number(typed)
    if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
      throw new Refusal(`--port ${typed} is not a port`, 'Give a whole number from 1 to 65535.')
    if (file !== undefined && !existsSync(file)) throw new Refusal(`there is no program ${file}`)
    if (file !== undefined && !statSync(file).isFile())
      throw new Refusal(`${file} is not a program but a folder`, 'Name the program: a .llmpipe file.')
    const store = storeFor({ store: given }, file)
    const server = await serveUi({ store, file, port, files: services().pageFile })
    if (port !== undefined && server.port !== port) writeError(`port ${port} is in use\n`)
    write(`Look here: ${server.address}\n`)
    await new Promise<void>((stopped) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopped())
    })
    await server.close()
    return exit.done
  },
})
