/** Probes of the server of the ranking page: without the token, from elsewhere, and with every sort of nonsense. */

import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { JudgementLog } from '../../src/people/judgement-log.ts'
import { type RankingServer, serveRanking } from '../../src/people/server.ts'
import { RankingSession } from '../../src/people/session.ts'
import { folder } from './rig.ts'

const tasks = Array.from({ length: 3 }, (_, i) => ({
  id: `t${i}`,
  messages: [{ role: 'user', content: `${i}?` }],
  responses: ['a', 'b', 'c'],
}))
const path = join(folder(), 'said.jsonl')
const session = new RankingSession(tasks, new JudgementLog(path), {
  atLeast: 3,
  annotators: 1,
  seed: 1,
  criteria: ['safe'],
})
let server: RankingServer
const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
beforeAll(async () => {
  server = await serveRanking({
    session,
    page: { guidelines: '', criteria: ['safe'] },
    files: (name) => (name === 'index.html' ? Buffer.from('<!doctype html>') : undefined),
    onChange() {},
  })
})
afterAll(async () => {
  await server.close()
  stderr.mockRestore()
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A call as it is written, with no tidying of its path. */
function call(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<Answer> {
  return new Promise((done, failed) => {
    const sent = request({ port: server.port, host: '127.0.0.1', method, path: target, headers }, (response) => {
      let text = ''
      response.on('data', (piece) => (text += piece))
      response.on('end', () => done({ status: response.statusCode!, headers: response.headers, body: text }))
      // The server may reset the connection after its answer has begun, as it does under Node 20.19.0.
      response.on('error', failed)
    })
    sent.on('error', failed)
    sent.end(body)
  })
}

const withToken = () => ({ authorization: `Bearer ${server.token}` })
const judgement = { annotator: 'Ada', task: 't0', ranks: [1, 2, 3], flagged: [] }
const post = (what: string, body: unknown, headers = withToken()) =>
  call('POST', `/${what}`, headers, typeof body === 'string' ? body : JSON.stringify(body))

/** After all attacks: nothing was written, every answer was an error, and no stack trace was sent. */
function isUnharmed({ status, body }: Answer): void {
  expect(status, body).toBeGreaterThanOrEqual(400)
  expect(status, body).toBeLessThan(500)
  expect(body).not.toMatch(/\.ts|\.js|^\s+at |node:/m)
  expect(stderr).not.toHaveBeenCalled()
  expect(session.rankings({ complete: false })).toEqual([])
}

describe('without the token', () => {
  const targets = [
    '/',
    '//',
    '///',
    '//evil.example/',
    '/next',
    '/rank',
    '/skip',
    '/undo',
    '/export.jsonl',
    '/../said.jsonl',
    '/%2e%2e/said.jsonl',
    '/index.html/..',
    '/constructor',
    '/a.constructor',
    '/x.html',
    '/said.jsonl',
    '/?token=',
    '/next?token=x',
    '/http://evil.example/',
    '/\\',
    '/%',
    '/%00',
  ]

  test.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])(
    '%s gives nothing but the page',
    async (method) => {
      for (const target of targets) {
        const { status, body } = await call(method, target, {}, method === 'POST' ? JSON.stringify(judgement) : '')
        const isPage = method === 'GET' && body === '<!doctype html>'
        if (isPage) expect(['/', '/?token=', '/index.html/..']).toContain(target)
        else isUnharmed({ status, body, headers: {} })
      }
    },
  )

  test.each([
    { authorization: 'Bearer ' },
    { authorization: 'Bearer wrong' },
    { authorization: `Bearer ${'0'.repeat(32)}` },
    { authorization: `Basic ${'0'.repeat(32)}` },
    { cookie: 'token=x' },
  ] as Record<string, string>[])('%o is no token', async (headers) => {
    for (const what of ['next', 'rank', 'undo', 'skip']) {
      const answer = await post(what, judgement, headers as never)
      expect(answer.status).toBe(401)
      isUnharmed(answer)
    }
  })
})

test.each([
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example:80',
  '127.0.0.1@evil.example',
  '0.0.0.0',
  '[::]',
  '169.254.169.254',
])('the host %o is refused, also with the token', async (host) => {
  const answer = await post('next', judgement, { ...withToken(), host } as never)
  expect(answer.status).toBe(403)
  isUnharmed(answer)
})

describe('with the token', () => {
  test.each([
    '',
    'null',
    '5',
    '[]',
    '"x"',
    '{',
    '{}',
    '[{}]',
    '{"annotator":null}',
    '{"annotator":" "}',
    '{"annotator":{"trim":1}}',
    ...['next', 'rank'].map((annotator) => JSON.stringify({ annotator: `\u0000${' '.repeat(9)}`, what: annotator })),
    `{"annotator":"A","x":"${'x'.repeat(200_000)}"}`,
  ])('the body %j is refused', async (body) => {
    for (const what of ['next', 'rank', 'skip', 'undo']) {
      isUnharmed(await post(what, body))
    }
  })

  test('a call that is too long is answered, and one that does not end is cut', async () => {
    expect((await post('rank', { x: 'x'.repeat(900_000) })).body).toContain('the call is too long')
    const answer = await post('rank', { x: 'x'.repeat(20_000_000) }).catch((error: NodeJS.ErrnoException) => error)
    if (answer instanceof Error) expect(['ECONNRESET', 'EPIPE']).toContain(answer.code)
    else isUnharmed(answer)
  })

  const wrong: readonly object[] = [
    { task: undefined },
    { task: null },
    { task: 5 },
    { task: 'nowhere' },
    { task: '__proto__' },
    { task: ['t0'] },
    { ranks: undefined },
    { ranks: null },
    { ranks: 'abc' },
    { ranks: [1, 2] },
    { ranks: [1, 2, 3, 4] },
    { ranks: [0, 1, 2] },
    { ranks: [1, 2, 4] },
    { ranks: [1.5, 2, 3] },
    { ranks: ['1', '2', '3'] },
    { ranks: [1, 2, null] },
    { ranks: [-1, 1, 1] },
    { ranks: [1e99, 1, 1] },
    { flagged: undefined },
    { flagged: null },
    { flagged: [3] },
    { flagged: [-1] },
    { flagged: [0, 0] },
    { flagged: [0.5] },
    { flagged: ['0'] },
    { flagged: {} },
    { ratings: null },
    { ratings: 5 },
    { ratings: [] },
    { ratings: 'x' },
    { ratings: { safe: null } },
    { ratings: { safe: [1, 2] } },
    { ratings: { safe: [1, 2, 6] } },
    { ratings: { safe: [0, 1, 2] } },
    { ratings: { safe: ['1', 1, 1] } },
    { ratings: { other: [1, 1, 1] } },
    { ratings: JSON.parse('{"__proto__":[1,1,1]}') },
    { ratings: { constructor: [1, 1, 1] } },
    { ratings: { safe: { length: 3 } } },
  ]
  test.each(wrong)('the judgement %o is refused', async (more) => {
    isUnharmed(await post('rank', { ...judgement, ...more }))
  })

  test.each([{ task: undefined }, { task: {} }, { task: 'nowhere' }, { task: ['t0'] }])(
    'skipping %o is refused',
    async (more) => {
      isUnharmed(await post('skip', { annotator: 'Ada', ...more }))
    },
  )

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s of a call is refused', async (method) => {
    isUnharmed(await call(method, '/rank', withToken()))
    isUnharmed(await call(method, `/nowhere?token=${server.token}`))
  })
})

test('every answer forbids others to frame, sniff, keep or refer to it', async () => {
  for (const answer of [
    await call('GET', '/'),
    await call('GET', '/next'),
    await call('GET', '//'),
    await post('next', { annotator: 'Ada' }),
    await call('GET', '/export.jsonl', withToken()),
  ]) {
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    expect(answer.headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  }
})

test('a name that would act on a terminal is kept as one that does not', async () => {
  const { body } = await post('rank', {
    ...judgement,
    annotator: '\u001b[2KA\u202eda\n',
    ratings: { safe: [1, null, 5] },
  })
  const { people } = JSON.parse(body).progress
  expect(people).toEqual([{ name: '[2KA da', ranked: 1 }])
})
