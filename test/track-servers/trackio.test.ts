/** `run --track trackio` and a real server of Trackio, read back by Trackio's own command. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeProject } from '../cli/rig.ts'
import { llmpipe, program, prose, python, type Server, startTrackio, toolOutput } from './servers.ts'

describe.skipIf(python === undefined)('a server of Trackio', () => {
  let server: Server & { readonly folder: string }
  const project = makeProject({ 'prose.txt': prose, 'small.llmpipe': program() })
  beforeAll(async () => {
    server = await startTrackio()
  })
  afterAll(async () => {
    await server?.stop()
    project.remove()
  })
  const ask = async (...args: readonly string[]) =>
    JSON.parse(await toolOutput('trackio', [...args, '--project', 'small', '--json'], { TRACKIO_DIR: server.folder }))

  it('has every measured value once, also after track, and the final metrics as show --json has them', async () => {
    const env = { TRACKIO_SERVER_URL: server.address }
    await llmpipe(project.folder, ['run', 'small.llmpipe', '-p', 'steps=6', '--plain', '--track', 'trackio'], env)
    // The same entries again are recognized by their ids.
    await llmpipe(project.folder, ['track', 'trackio', 'small.llmpipe'], env)
    const { runs } = await ask('list', 'runs')
    expect(runs).toHaveLength(1)
    const [run] = runs
    const valuesOf = async (metric: string) =>
      ((await ask('get', 'metric', '--run', run, '--metric', metric)).values as { step: number; value: number }[]).map(
        ({ step, value }) => [step, value],
      )
    expect((await valuesOf('loss')).map(([step]) => step)).toEqual([2, 4, 6])
    expect((await valuesOf('valid_loss')).map(([step]) => step)).toEqual([6])
    const { report } = JSON.parse(project.llmpipe(['show', 'small.llmpipe', 'base', '--json']).stdout)
    for (const [name, value] of Object.entries(report.metrics))
      expect([name, await valuesOf(`final/${name}`)]).toEqual([name, [[6, value]]])
  })
})
