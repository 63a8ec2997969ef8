/** A runner as a process of its own, for tests that kill it: `runner-command PLAN STORE PROGRAM_DIR STAGE_COMMAND`. */

import { readFileSync } from 'node:fs'
import { run } from '../../src/run/run.ts'
import { openStore } from '../../src/store/folder-store.ts'

const [plan = '', store = '', programDir = '', stageCommand = ''] = process.argv.slice(2)
const soft = new AbortController()
process.on('SIGINT', () => soft.abort())
const summary = await run(JSON.parse(readFileSync(plan, 'utf8')), {
  store: openStore(store),
  programDir,
  stageCommand: [process.execPath, stageCommand],
  version: 'test',
  signal: { soft: soft.signal, hard: new AbortController().signal },
  onEvent: (event) => console.log(JSON.stringify(event)),
})
process.exit(summary.failed > 0 ? 1 : summary.interrupted > 0 ? 130 : 0)
