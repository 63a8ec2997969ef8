/** `run --track mlflow` and a real server of MLflow, read back by MLflow's own client. */

import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entry, makeProject, type Project } from '../cli/rig.ts'
import { llmpipe, program, prose, python, readBy, type Server, startMlflow } from './servers.ts'

interface MlflowRun {
  readonly name: string
  readonly status: string
  readonly seconds: number | null
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, readonly (readonly [number, number])[]>>
}

describe.skipIf(python === undefined)('a server of MLflow', () => {
  let server: Server
  const projects: Project[] = []
  beforeAll(async () => {
    server = await startMlflow()
  })
  afterAll(async () => {
    await server?.stop()
    for (const each of projects) each.remove()
  })

  function project(name: string, more = ''): Project {
    const made = makeProject({ 'prose.txt': prose, [`${name}.llmpipe`]: program(more) })
    projects.push(made)
    return made
  }
  const runsOf = async (name: string) => JSON.parse(await readBy('read_mlflow.py', server.address, name)) as MlflowRun[]
  const tracked = () => ['--plain', '--track', 'mlflow', '--track-to', server.address]

  it('has every measured value, the params and the end of a training, as show --json has them', async () => {
    const { folder, llmpipe: run } = project('whole')
    await llmpipe(folder, ['run', 'whole.llmpipe', '-p', 'steps=6', ...tracked()])
    const [found, ...others] = await runsOf('whole')
    expect(others).toEqual([])
    expect(found).toMatchObject({
      name: 'base',
      status: 'FINISHED',
      params: { steps: '6', stage: 'base', kind: 'pretrain' },
    })
    expect(found?.metrics.loss?.map(([step]) => step)).toEqual([2, 4, 6])
    expect(found?.metrics.valid_loss?.map(([step]) => step)).toEqual([6])
    const { report } = JSON.parse(run(['show', 'whole.llmpipe', 'base', '--json']).stdout)
    for (const [name, value] of Object.entries(report.metrics))
      expect([name, found?.metrics[`final/${name}`]]).toEqual([name, [[6, value]]])
  })

  it('ends a run as KILLED whose process was killed, when the program runs again', async () => {
    const { folder } = project('killed')
    const child = spawn(process.execPath, [entry, 'run', 'killed.llmpipe', '-p', 'steps=1000000', ...tracked()], {
      cwd: folder,
      stdio: 'ignore',
    })
    const over = new Promise((done) => child.once('exit', done))
    await expect
      .poll(async () => (await runsOf('killed').catch(() => []))[0]?.metrics.loss?.length ?? 0, { timeout: 60_000 })
      .toBeGreaterThan(1)
    child.kill('SIGKILL')
    await over
    expect((await runsOf('killed')).map(({ status }) => status)).toEqual(['RUNNING'])
    const said = await llmpipe(folder, ['run', 'killed.llmpipe', ...tracked()])
    expect(said).toContain('MLflow: 1 run of a llmpipe that was killed got the status KILLED')
    const [first, second] = await runsOf('killed')
    expect([first?.status, second?.status]).toEqual(['KILLED', 'FINISHED'])
    expect(first?.seconds).toBeGreaterThanOrEqual(0)
  })

  it('takes more than a hundred params and long values, and the run reports how many values were cut', async () => {
    const names = Array.from({ length: 130 }, (_, i) => `p${i}`)
    const { folder } = project('params', [...names, 'long'].map((name) => `param ${name} = "x"\n`).join(''))
    const given = names.flatMap((name, i) => ['-p', `${name}=value ${i}`])
    const said = await llmpipe(folder, [
      'run',
      'params.llmpipe',
      ...given,
      '-p',
      `long=${'y'.repeat(7_000)}`,
      ...tracked(),
    ])
    expect(said).toContain('MLflow: cut 1 value of params to 6000 characters, which is all that the server takes')
    const [found] = await runsOf('params')
    expect(found?.params).toMatchObject({ p0: 'value 0', p129: 'value 129', long: 'y'.repeat(6_000) })
  })

  it('gets a run again, whole, by track', async () => {
    const { folder } = project('past')
    await llmpipe(folder, ['run', 'past.llmpipe', '--plain'])
    await llmpipe(folder, ['track', 'mlflow', 'past.llmpipe', '--to', server.address])
    const [found] = await runsOf('past')
    expect(found).toMatchObject({ status: 'FINISHED' })
    expect(found?.metrics.loss?.map(([step]) => step)).toEqual([2, 4, 6])
  })
})
