/** Fills a store with the outputs of a plan without a process for each stage. A run with nothing to do costs the same on it. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../../src/core/artefact.ts'
import type { Plan } from '../../src/core/plan.ts'
import { localProcesses } from '../../src/process/where.ts'
import type { Executor, RunningStage } from '../../src/run/executors/executor.ts'
import { run } from '../../src/run/run.ts'
import { openStore } from '../../src/store/folder-store.ts'

/** Files without which llmpipe refuses the record of a tokenizer or of tokens. */
const requiredFiles = ['tokenizer.json', 'tokens.bin', 'meta.json']

/** Runs a plan, each stage of which writes its key to all required files. */
export async function fill(plan: Plan, programDir: string): Promise<void> {
  const never = new AbortController().signal
  const summary = await run(plan, {
    store: openStore(join(programDir, '.llmpipe')),
    programDir,
    onEvent: () => {},
    stageCommand: [],
    version: 'bench',
    signal: { soft: never, hard: never },
    executor: atOnce(),
  })
  if (summary.ran + summary.cached !== plan.nodes.length)
    throw new Error(`filled ${summary.ran} of ${plan.nodes.length} stages`)
}

function atOnce(): Executor {
  const running = new Map<Key, RunningStage>()
  return {
    running,
    ...localProcesses,
    shortfall: async () => undefined,
    hasRoom: () => running.size < 64,
    async start({ key, node }, claim, commit) {
      const work = async () => {
        const folders = node.outputs.map(({ name, type }) => [
          name,
          { folder: join(claim.folder, name), kind: type.kind },
        ])
        const outputs = Object.fromEntries(folders) as Record<
          string,
          { folder: string; kind: (typeof node.outputs)[0]['type']['kind'] }
        >
        const { mkdirSync } = await import('node:fs')
        for (const { folder } of Object.values(outputs)) {
          mkdirSync(folder, { recursive: true })
          for (const file of requiredFiles) writeFileSync(join(folder, file), key)
        }
        const committed = await commit({ report: {}, outputs, seconds: 0 }, claim)
        return { type: 'done', committed } as const
      }
      const outcome = work().finally(() => running.delete(key))
      const entry: RunningStage = {
        key,
        attempt: claim.attempt,
        cpus: 1,
        gpus: [],
        outcome,
        subscribe: () => () => {},
        interrupt() {},
        kill() {},
      }
      running.set(key, entry)
      return entry
    },
  }
}
