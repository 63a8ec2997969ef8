/** Trackers that send to a server: what they send, by a server of the tests. */

import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import { Outbox } from '../../src/track/http/outbox.ts'
import { mlflowTracker } from '../../src/track/mlflow/mlflow.ts'
import { trackioTracker } from '../../src/track/trackio/trackio.ts'
import { type Got, trackingServerOf } from './server.ts'

const time = 1_795_529_703_000
const stage = { id: 'base', stage: 'base' }
/** A training that measures two steps, of which an attempt repeats one, and ends. */
const events = [
  {
    event: 'run-started',
    run: '20261124-141503-abcdef',
    program: 'p.llmpipe',
    params: { lr: '1e-3' },
    version: '0.1.0',
    time,
  },
  { event: 'planned', ...stage, kind: 'pretrain', time },
  { event: 'started', ...stage, time },
  { event: 'metric', ...stage, step: 1, loss: 4.5, 'loss[web]': Number.NaN, time: time + 1_000 },
  { event: 'metric', ...stage, step: 2, loss: 4, time: time + 2_000 },
  { event: 'metric', ...stage, step: 2, loss: 4, time: time + 3_000 },
  { event: 'finished', ...stage, report: { metrics: { valid_loss: 3.5 } }, outputs: {}, time: time + 4_000 },
  { event: 'finished', id: 'prose', stage: 'prose', report: { metrics: { documents: 3 } }, outputs: {}, time },
] as unknown as RunEvent[]

/** An empty MLflow. */
const mlflow = ({ path }: Got) => {
  if (path.includes('get-by-name')) return { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } }
  if (path.endsWith('experiments/create')) return { body: { experiment_id: '7' } }
  return path.endsWith('runs/create') ? { body: { run: { info: { run_id: 'r1' } } } } : {}
}

async function sent(
  tracker: typeof mlflowTracker,
  answer: (got: Got) => { status?: number; body?: object } | undefined,
  environment: Record<string, string> = {},
  query = '',
  all: readonly RunEvent[] = events,
  ends: Readonly<Record<string, number>> = {},
) {
  const server = await trackingServerOf(answer)
  const failures: string[] = []
  const warnings: string[] = []
  const made = tracker(server.address + query, environment, {
    fail: (error) => failures.push((error as Error).message),
    warn: (message) => warnings.push(message),
    endOf: (run) => ends[run],
  })
  for (const event of all) made.event(event)
  await made.close?.()
  await server.close()
  return { got: server.got, failures, warnings, address: server.address }
}

/** The events with other ones before the end of the training. */
const withMetrics = (...more: readonly object[]) =>
  events.toSpliced(6, 0, ...more.map((each) => ({ event: 'metric', ...stage, time, ...each }) as unknown as RunEvent))

describe('mlflow', () => {
  test('gets an experiment, a run for each stage that measures, its values once, and its end', async () => {
    const { got, failures } = await sent(mlflowTracker, mlflow)
    expect(failures).toEqual([])
    expect(got.map(({ path }) => path.replace('/api/2.0/mlflow/', ''))).toEqual([
      'experiments/get-by-name?experiment_name=p',
      'experiments/create',
      'runs/create',
      'runs/log-batch',
      'runs/log-batch',
      'runs/update',
    ])
    expect(got[2]?.body).toMatchObject({ experiment_id: '7', run_name: 'base', start_time: time + 1_000 })
    expect(got[2]?.body.tags).toContainEqual({ key: 'llmpipe.run', value: '20261124-141503-abcdef' })
    expect(got[3]?.body.params).toEqual([
      { key: 'lr', value: '1e-3' },
      { key: 'stage', value: 'base' },
      { key: 'kind', value: 'pretrain' },
    ])
    expect(got[4]?.body).toEqual({
      run_id: 'r1',
      metrics: [
        { key: 'loss', value: 4.5, timestamp: time + 1_000, step: 1 },
        { key: 'loss.web', value: 'NaN', timestamp: time + 1_000, step: 1 },
        { key: 'loss', value: 4, timestamp: time + 2_000, step: 2 },
        { key: 'final/valid_loss', value: 3.5, timestamp: time + 4_000, step: 2 },
      ],
    })
    expect(got[5]?.body).toEqual({ run_id: 'r1', status: 'FINISHED', end_time: time + 4_000 })
  })

  test('is asked with the user and password, or the token, that its client would use', async () => {
    const basic = await sent(mlflowTracker, mlflow, { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 'x' })
    expect(basic.got[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ada:x').toString('base64')}`)
    const bearer = await sent(mlflowTracker, mlflow, { MLFLOW_TRACKING_TOKEN: 'secret' })
    expect(bearer.got[0]?.headers.authorization).toBe('Bearer secret')
  })

  test('is asked again after an error of the server and a cut connection, and gets nothing twice', async () => {
    let calls = 0
    const { got, failures } = await sent(mlflowTracker, (call) => {
      calls++
      return calls === 1 ? { status: 503 } : mlflow(call)
    })
    expect(failures).toEqual([])
    expect(got.filter(({ path }) => path.endsWith('runs/create'))).toHaveLength(1)
  })

  test('gets the params of a run again that an error of the server kept from it', async () => {
    let batches = 0
    const { got, failures } = await sent(mlflowTracker, (call) =>
      call.path.endsWith('log-batch') && batches++ === 0 ? { status: 503 } : mlflow(call),
    )
    expect(failures).toEqual([])
    expect(got.filter(({ path }) => path.endsWith('runs/create'))).toHaveLength(1)
    expect(got.filter(({ body }) => body?.params !== undefined)).toHaveLength(2)
  })

  test('gets NaN for a metric that was NaN, also from the log of a past run, where it is null', async () => {
    const past = JSON.parse(JSON.stringify(events)) as RunEvent[]
    const nan = past.map((event) =>
      event.event === 'finished' ? { ...event, report: { metrics: { loss: null } } } : event,
    ) as unknown as RunEvent[]
    const { got } = await sent(mlflowTracker, mlflow, {}, '', nan)
    expect(got.flatMap(({ body }) => body?.metrics ?? [])).toContainEqual(
      expect.objectContaining({ key: 'final/loss', value: 'NaN' }),
    )
  })

  test('may have a password in its address that is not encoded', async () => {
    const server = await trackingServerOf(mlflow)
    const ignored = { fail: () => {}, warn: () => {}, endOf: () => undefined }
    const tracker = mlflowTracker(server.address.replace('//', '//ada:100%@'), {}, ignored)
    for (const event of events) tracker.event(event)
    await tracker.close?.()
    await server.close()
    expect(server.got[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ada:100%').toString('base64')}`)
  })

  test('gets the held-out loss of a step whose loss it has already', async () => {
    const { got } = await sent(mlflowTracker, mlflow, {}, '', withMetrics({ step: 2, validLoss: 3.75 }))
    expect(got.flatMap(({ body }) => body?.metrics ?? [])).toContainEqual(
      expect.objectContaining({ key: 'valid_loss', value: 3.75, step: 2 }),
    )
  })

  test('gets all params, a hundred in each call', async () => {
    const params = Object.fromEntries(Array.from({ length: 230 }, (_, i) => [`p${i}`, String(i)]))
    const many = events.map((event) => (event.event === 'run-started' ? { ...event, params } : event))
    const { got, warnings } = await sent(mlflowTracker, mlflow, {}, '', many)
    const calls = got.flatMap(({ body }) => (body?.params === undefined ? [] : [body.params]))
    expect(calls.map(({ length }) => length)).toEqual([100, 100, 32])
    expect(calls.flat()).toContainEqual({ key: 'p229', value: '229' })
    expect(warnings).toEqual([])
  })

  test('that takes 500 characters of a param gets as many, and the run reports how many values and names were cut', async () => {
    const params = { short: 'x', long: 'y'.repeat(700), longer: 'z'.repeat(9_000) }
    const long = withMetrics({ step: 2, [`loss[${'w'.repeat(300)}]`]: 1 }).map((event) =>
      event.event === 'run-started' ? { ...event, params } : event,
    )
    const { got, failures, warnings } = await sent(
      mlflowTracker,
      (call) =>
        call.body?.params?.some(({ value }: { value: string }) => value.length > 500)
          ? { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'exceeded length limit' } }
          : mlflow(call),
      {},
      '',
      long,
    )
    expect(failures).toEqual([])
    // The server of the test does not tell what it keeps.
    const taken = got.flatMap(({ body }) => body?.params ?? []).slice(-5)
    expect(taken.map(({ value }) => value.length)).toEqual([1, 500, 500, 4, 8])
    expect(warnings).toEqual([
      'MLflow: cut 2 values of params to 500 characters and 1 name to 250 characters, which is all that the server takes',
    ])
  })

  test('that cuts values without a word is asked what it keeps', async () => {
    const long = events.map((event) =>
      event.event === 'run-started' ? { ...event, params: { long: 'y'.repeat(700), short: 'x' } } : event,
    )
    const kept = { run: { data: { params: [{ key: 'long', value: 'y'.repeat(500) }] } } }
    const { warnings } = await sent(
      mlflowTracker,
      (call) => (call.path.includes('runs/get?run_id=r1') ? { body: kept } : mlflow(call)),
      {},
      '',
      long,
    )
    expect(warnings).toEqual(['MLflow: cut 1 value of params to 500 characters, which is all that the server takes'])
  })

  test('keeps the runs of other processes, and ends those whose llmpipe was killed when they were over', async () => {
    const tags = (run: string) => ({ tags: [{ key: 'llmpipe.run', value: run }] })
    const pages = [
      [
        { info: { run_id: 'killed' }, data: tags('dead') },
        { info: { run_id: 'going on' }, data: tags('alive') },
      ],
      [
        { info: { run_id: 'of another tool' }, data: { tags: [] } },
        { info: { run_id: 'without tags' } },
        { info: { run_id: 'killed too' }, data: tags('dead') },
        { info: { run_id: 'own' }, data: tags('20261124-141503-abcdef') },
      ],
    ]
    const answer = (call: Got) => {
      if (call.path.includes('get-by-name')) return { body: { experiment: { experiment_id: '7' } } }
      if (!call.path.endsWith('runs/search')) return mlflow(call)
      const isSecond = call.body.page_token === 'more'
      return { body: isSecond ? { runs: pages[1] } : { runs: pages[0], next_page_token: 'more' } }
    }
    const { got, warnings } = await sent(mlflowTracker, answer, {}, '', events, {
      dead: 77,
      '20261124-141503-abcdef': 78,
    })
    expect(got.filter(({ path }) => path.endsWith('runs/update')).map(({ body }) => body)).toEqual([
      { run_id: 'killed', status: 'KILLED', end_time: 77 },
      { run_id: 'killed too', status: 'KILLED', end_time: 77 },
      { run_id: 'r1', status: 'FINISHED', end_time: time + 4_000 },
    ])
    expect(warnings).toEqual(['MLflow: 2 runs of a llmpipe that was killed got the status KILLED'])
  })

  test('that lets nobody search its runs gets the metrics all the same', async () => {
    const { got, failures, warnings } = await sent(mlflowTracker, (call) => {
      if (call.path.includes('get-by-name')) return { body: { experiment: { experiment_id: '7' } } }
      return call.path.endsWith('runs/search') ? { status: 403, body: { message: 'no' } } : mlflow(call)
    })
    expect(failures).toEqual([])
    expect(got.at(-1)?.body).toMatchObject({ run_id: 'r1', status: 'FINISHED' })
    expect(warnings[0]).toMatch(/may still be RUNNING: .* answered 403: no$/)
  })

  test('that refuses a call is given up with its own words, and once', async () => {
    const { got, failures, address } = await sent(mlflowTracker, () => ({
      status: 401,
      body: { message: 'You are not authenticated.' },
    }))
    expect(failures).toEqual([`${address} answered 401: You are not authenticated.`])
    expect(got).toHaveLength(1)
  })

  test('that is something else is given up', async () => {
    const { failures, address } = await sent(mlflowTracker, () => ({ body: { hello: 'world' } }))
    expect(failures).toEqual([`${address} is not a server of MLflow`])
  })
})

describe('trackio', () => {
  test('gets entries with steps, a config and ids that make a second call harmless', async () => {
    const { got, failures } = await sent(trackioTracker, () => ({ body: { data: null } }), {}, '/?write_token=abc')
    expect(failures).toEqual([])
    expect(got).toHaveLength(1)
    const [call] = got
    expect(call?.path).toBe('/api/bulk_log')
    expect(call?.headers['x-trackio-write-token']).toBe('abc')
    expect(
      call?.body.kwargs.logs.map(({ step, metrics, log_id }: Record<string, unknown>) => [step, metrics, log_id]),
    ).toEqual([
      [1, { loss: 4.5, 'loss[web]': 'NaN' }, `20261124-141503-abcdef base ${time + 1_000} step 1 loss loss[web]`],
      [2, { loss: 4 }, `20261124-141503-abcdef base ${time + 1_000} step 2 loss`],
      [2, { 'final/valid_loss': 3.5 }, `20261124-141503-abcdef base ${time + 1_000} final`],
    ])
    expect(call?.body.kwargs.logs[0]).toMatchObject({ project: 'p', run: 'base abcdef', config: { lr: '1e-3' } })
  })

  test('that is something else, or answers with an error, is given up', async () => {
    const other = await sent(trackioTracker, () => ({ body: {} }))
    expect(other.failures).toEqual([`${other.address} is not a server of Trackio`])
    const wrong = await sent(trackioTracker, () => ({ body: { error: 'no such project' } }))
    expect(wrong.failures).toEqual([`${wrong.address} answered: no such project`])
  })

  test('without the token is given up with the words of the server, which do not have the token', async () => {
    const { failures } = await sent(
      trackioTracker,
      () => ({ status: 400, body: { error: 'A write_token is required' } }),
      {},
      '/?write_token=abc',
    )
    expect(failures).toHaveLength(1)
    expect(failures[0]).toMatch(/answered 400: A write_token is required$/)
    expect(failures[0]).not.toContain('abc')
  })
})

test('a past run of any length is sent: values wait for those before them', async () => {
  const failures: string[] = []
  const fill = (outbox: Outbox<number>) => {
    for (let i = 0; i < 150_000; i++) outbox.add(i)
  }
  let count = 0
  const send = async (items: readonly number[]) => {
    count += items.length
  }
  const made = () => new Outbox<number>(send, ({ message }) => failures.push(message), 1_000)
  const outbox = made()
  for (let part = 0; part < 2; part++) {
    fill(outbox)
    await outbox.sent()
  }
  await outbox.close()
  expect([count, failures]).toEqual([300_000, []])
  const full = made()
  fill(full)
  fill(full)
  await full.close()
  expect(failures).toEqual(['the server is too slow'])
})
