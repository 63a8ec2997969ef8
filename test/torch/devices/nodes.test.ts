/** Trainings over nodes: here each is a group of processes of this machine, started by a command as a cluster would start it. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import { otherNodesVariables } from '../../../src/core/other-nodes.ts'
import { scratch } from '../../train/small.ts'
import { ownEngine } from './own-engine.ts'
import { childrenOf, expectSame, trained } from './processes.ts'

afterEach(() => vi.unstubAllEnvs())

/** Lets `count` nodes help, which `launch` starts: a command of bash, in which "$@" is the program on a node. */
function withNodes(count: number, launch: string): void {
  const nodes = { count, host: '127.0.0.1', launch: ['bash', '-c', launch, 'launch'], variable: 'NODE' }
  for (const [name, value] of Object.entries(otherNodesVariables(nodes))) vi.stubEnv(name, value)
}

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined)('nodes', () => {
  it('give the same step as one process, with whole and with divided weights', async () => {
    const settings = { batch: 4 }
    const one = await trained(1, { settings })
    // Before the node, somebody else connects and says nothing.
    const stranger = 'IFS=: read -r host port <<<"$LLMPIPE_TORCH_LEADER"; exec 9<>"/dev/tcp/$host/$port"'
    withNodes(1, `${stranger}; NODE=0 "$@"`)
    expectSame(await trained(1, { settings }), one)
    withNodes(2, 'NODE=0 "$@" & NODE=1 "$@" & wait')
    // The second node has one of the rows, and the third none, so it starts no process.
    expectSame(
      await trained(2, { settings: { batch: 3 }, hints: { shard: 'weights' } }),
      await trained(1, { settings: { batch: 3 } }),
    )
  })

  it('fail the stage if a process of one ends, and say which', async () => {
    const file = join(scratch(), 'pid')
    withNodes(1, `echo $$ >${file}; export NODE=0; exec "$@"`)
    const kill = (event: StageEvent) => {
      if (event.event !== 'metric' || event.step !== 3) return
      const node = Number(readFileSync(file, 'utf8'))
      for (const pid of childrenOf(node)) process.kill(pid, 'SIGKILL')
    }
    const { engine } = await ownEngine()
    await expect(trained(1, { engine, emit: kill, settings: { steps: 5_000 } })).rejects.toMatchObject({
      code: 'killed',
      message: expect.stringMatching(/^process 2 of 2 on \S+ of the PyTorch worker was ended by SIGKILL/),
    })
  })

  it('fail the stage if they cannot be started', async () => {
    withNodes(1, 'echo "srun: error: Invalid account" >&2; exit 3')
    const { engine } = await ownEngine()
    await expect(trained(1, { engine })).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringMatching(
        /^the command bash, which starts .* ended with exit code 3: srun: error: Invalid account$/,
      ),
    })
  })
})
