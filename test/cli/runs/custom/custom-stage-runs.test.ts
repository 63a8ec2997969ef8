/** Custom stages while they run: what they read, write and report, in `run` and in `watch`. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isRunning } from '../../../../src/process/identity.ts'
import { eventsIn, outcomes } from '../../rig.ts'
import { failure, read, run, textsOf, trusted, until, up, withStages } from './custom-rig.ts'

describe('a stage that runs', () => {
  const stage = (body: string, more = '') => `import { defineStage, StageError } from 'llmpipe'
export const own = defineStage({
  summary: 'x',
  inputs: { docs: { kinds: ['Docs', 'Pairs'], description: 'x' } },
  output: ${more || "'Docs'"},
  async run({ inputs, output, drop, signal, log, work }) {
    ${body}
  },
})
`
  const call = `${read}data all = words |> own()\n`

  test('a stage that throws, or breaks its definition, fails with the reason', () => {
    const cases = [
      ["throw new TypeError('no')", 'stage-threw', 'own threw TypeError: no (case0.ts:7)'],
      ["throw new StageError('too-bad', 'it is bad', 'Mend it.')", 'too-bad', 'it is bad'],
      ['', 'nothing-left', 'own wrote no document'],
      ['output.write({ txt: 1 } as any)', 'bad-output', 'is not a document: {"text": "…"}'],
      ['output.write(undefined as any)', 'bad-output', 'is not a JSON object'],
      ["output.write({ text: 'a' })\n    return { metrics: { a: NaN } }", 'bad-output', 'returned NaN as metric a'],
    ] as const
    const files = cases.map(([body], n) => [`case${n}.ts`, stage(body)] as const)
    const uses = files.map(([file], n) => `use "./${file}" { own as own${n} }\n`).join('')
    const calls = files.map((_, n) => `data all${n} = given |> own${n}()\n`).join('')
    const here = trusted({
      'a.llmpipe': `${uses}data given = read("words.txt", split: lines)\n${calls}`,
      'words.txt': 'one\n',
      ...Object.fromEntries(files),
    })
    const { code, stdout, stderr } = here.llmpipe(['run', 'a.llmpipe', '--json', '-k'])
    expect(code, stderr).toBe(1)
    for (const [n, [body, failed, message]] of cases.entries()) {
      const end = eventsIn(stdout).find(({ event, stage: name }) => event === 'failed' && name === `all${n}`)
      expect(end?.error, body).toMatchObject({ code: failed, message: expect.stringContaining(message) })
    }
  })

  test('the stack of its error has the lines of its source, and none of llmpipe', () => {
    const here = withStages(
      "import { defineStep } from 'llmpipe'\nimport { fail } from './fail.ts'\nexport const own = defineStep({ summary: 'x', map: (doc) => fail(doc) })\n",
      call,
      {
        'fail.ts':
          'interface Much {\n  readonly a: string\n}\nexport function fail(_: object): never {\n  throw new Error(`no`)\n}\n',
      },
    )
    const { detail = '', message } = failure(here)
    expect(message).toContain('(fail.ts:5)')
    expect(detail).toMatch(/at fail \(.*\/fail\.ts:5:\d+\)\n +at .*own\.ts:3:/)
    expect(detail).not.toContain(resolve('dist'))
  })

  test('dropped records are in the ledger, and printed lines in the log', () => {
    const body = `console.log('counting')
    for await (const doc of inputs.docs) if ('text' in doc) doc.text.length > 3 ? output.write(doc) : drop(doc, 'short', doc.text)
    return { metrics: { limit: 3 } }`
    const here = withStages(stage(body), call)
    const { events } = run(here, ['a.llmpipe'])
    const report = events.find(({ event, stage: each }) => event === 'finished' && each === 'all')?.report as {
      metrics: object
      summary: string
      ledger: { dropped: { rule: string; documents: number; samples: { value: string }[] }[] }
    }
    expect(report.metrics).toEqual({ documents: 1, limit: 3 })
    expect(report.summary).toBe('1 of 3 documents, limit 3')
    expect(report.ledger.dropped).toMatchObject([
      { rule: 'own: short', documents: 2, samples: [{ value: 'one' }, { value: 'two' }] },
    ])
    expect(events).toContainEqual(expect.objectContaining({ event: 'log', message: 'counting' }))
  })

  test('several outputs, an output like an input, lists, files and a report that is expected', () => {
    const code = `import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineStage } from 'llmpipe'
export const halves = defineStage({
  summary: 'x',
  outputs: { even: 'Docs', odd: { like: 'one' } },
  inputs: { all: { kinds: ['Docs'], description: 'x', list: true }, one: { kinds: ['Docs', 'Pairs'], description: 'x' } },
  async run({ inputs, outputs }) {
    let n = 0
    for (const each of inputs.all) for await (const doc of each) (n++ % 2 === 0 ? outputs.even : outputs.odd).write(doc as any)
  },
} as any)
export const listed = defineStage({
  summary: 'x',
  settings: { from: { type: 'string', files: true, description: 'x' } },
  output: 'Files',
  run({ settings, output }) {
    writeFileSync(join(output.path, 'names.txt'), settings.from.map(({ name, path }) => name + readFileSync(path)).join(' '))
  },
})
export const rate = defineStage({
  summary: 'x',
  inputs: { docs: { kinds: ['Docs'], description: 'x' }, other: { kinds: ['Docs'], description: 'x', optional: true } },
  output: 'Report',
  run: ({ inputs }) => ({ metrics: { given: inputs.other === undefined ? 0 : 1 } }),
})
`
    const calls = `${read}data even, odd = halves([words, words], words)
data names = listed("[xy].txt")
export names to "out"
stage less = words |> rate()
stage more = words |> rate(odd)
expect less.given == 0
expect more.given == 1
`
    const here = withStages(code, calls, { 'x.txt': 'X', 'y.txt': 'Y' })
    const { code: exit, events } = run(here, ['a.llmpipe'])
    expect(exit).toBe(0)
    const end = events.find(({ event, stage: each }) => event === 'finished' && each === 'even,odd')
    const { even, odd } = end!.outputs as Record<string, string>
    const texts = (digest: string) =>
      readFileSync(join(here.folder, '.llmpipe/objects', digest.slice(0, 2), digest, 'docs-00000.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).text)
    expect([texts(even!), texts(odd!)]).toEqual([
      ['one', 'three', 'two'],
      ['two', 'one', 'three'],
    ])
    expect(readFileSync(join(here.folder, 'out/names.txt'), 'utf8')).toBe('x.txtX y.txtY')
  })

  test('a stage that ignores the signal is stopped, and leaves nothing behind', async () => {
    const here = withStages(stage("log('begun')\n    await new Promise((soon) => setTimeout(soon, 1e9))"), call)
    const running = here.start(['run', 'a.llmpipe', '--json'])
    let said = ''
    running.stdout!.on('data', (piece) => {
      said += piece
    })
    const over = new Promise((ended) => running.once('close', ended))
    await until(() => said.includes('"begun"'))
    running.kill('SIGINT')
    expect(await over).toBe(130)
    expect(outcomes(eventsIn(said))).toMatchObject({ all: 'interrupted' })
  })

  test('a process that a stage leaves running is ended with the stage, and does not delay the run', () => {
    const body = `const { spawn } = await import('node:child_process')
    const child = spawn('sleep', ['75319'], { stdio: 'inherit' })
    child.unref()
    output.write({ text: 'done' })`
    const here = withStages(stage(body), call)
    expect(textsOf(here, run(here, ['a.llmpipe']).events, 'all')).toEqual(['done'])
    expect(spawnSync('pgrep', ['-x', '-f', 'sleep 75319'], { encoding: 'utf8' }).stdout).toBe('')
  })

  test('a stage that handles the signal saves its work and resumes; its partial output is not used', async () => {
    const body = `const { existsSync, readFileSync, writeFileSync } = await import('node:fs')
    const saved = work + '/n'
    const n = existsSync(saved) ? Number(readFileSync(saved)) : 0
    if (n === 0) {
      log('begun')
      await new Promise((stop) => signal.addEventListener('abort', stop))
      writeFileSync(saved, '7')
      output.write({ text: 'half' })
      return
    }
    output.write({ text: 'n=' + n })`
    const here = withStages(stage(body), call)
    const running = here.start(['run', 'a.llmpipe', '--json'])
    let said = ''
    running.stdout!.on('data', (piece) => {
      said += piece
    })
    const over = new Promise((ended) => running.once('close', ended))
    await until(() => said.includes('"begun"'))
    running.kill('SIGINT')
    expect(await over).toBe(130)
    expect(textsOf(here, run(here, ['a.llmpipe']).events, 'all')).toEqual(['n=7'])
  })
})

test('the examples of the guide run, and an unknown setting of them is an error at its place', () => {
  const guide = readFileSync('docs/guide/custom-stages.md', 'utf8')
  const [shouted, counted] = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
  const [step, stage] = [...guide.matchAll(/```llmpipe\n(.*?)```/gs)].map(([, text = '']) => text)
  const here = trusted({
    'a.llmpipe': step!,
    'b.llmpipe': stage!,
    'shout.ts': shouted!,
    'count.ts': counted!,
    'words.txt': 'one\nthree\n',
    'prose.txt': 'One two\ntwo three\n',
    'wanted.txt': 'one\ntwo\nfour\n',
  })
  const first = run(here, ['a.llmpipe'])
  expect(textsOf(here, first.events, 'loud')).toEqual(['THREE?'])
  expect(here.llmpipe(['show', 'a.llmpipe', 'loud']).stdout).toContain('shout: left out')
  const second = run(here, ['b.llmpipe'])
  expect(second.code).toBe(0)
  const report = second.events.find(({ event, stage: name }) => event === 'finished' && name === 'counted')?.report
  expect(report).toMatchObject({ metrics: { words: 4, coverage: 2 / 3 } })
  const { stdout } = here.llmpipe(['kinds', './count.ts'])
  expect(stdout).toContain('vocabulary(docs, words, [case: …], [pass: …])')
  here.write('a.llmpipe', step!.replace('mark:', 'mrak:'))
  expect(here.llmpipe(['check', 'a.llmpipe']).stdout).toContain('Did you mean `mark`?')
})

test('stages see of the environment what programs need and what the call passes, when they run and when they are loaded', () => {
  process.env.A_SECRET = 'secret'
  process.env.A_DEVICE = '7'
  const seen = 'JSON.stringify([process.env.A_SECRET ?? 0, process.env.A_DEVICE ?? 0, process.env.PATH ? 1 : 0])'
  const here = withStages(
    `import { writeFileSync } from 'node:fs'
import { defineStep } from 'llmpipe'
writeFileSync('loaded', ${seen})
const map = (doc: any) => ({ ...doc, text: ${seen} })
export const own = defineStep({ summary: 'x', map })
export const other = defineStep({ summary: 'x', map })\n`,
    `${read}data all = words |> own()\ndata more = words |> other(pass: ["A_DEVICE"])\n`,
  )
  // Loaded so far to learn what it exports, and by no stage.
  expect(readFileSync(join(here.folder, 'loaded'), 'utf8')).toBe('[0,0,1]')
  const { code, events } = run(here, ['a.llmpipe'])
  expect(code).toBe(0)
  expect(textsOf(here, events, 'all')[0]).toBe('[0,0,1]')
  expect(textsOf(here, events, 'more')[0]).toBe('[0,"7",1]')
  expect(here.llmpipe(['trust', '--yes', 'a.llmpipe']).stdout).toContain('nothing that is not trusted')
  delete process.env.A_SECRET
  delete process.env.A_DEVICE
})

test('watch runs again when a file or an import of it changes', async () => {
  const here = trusted()
  const watching = here.start(['watch', 'a.llmpipe', '--json', '--trust-changes'])
  let said = ''
  watching.stdout!.on('data', (piece) => {
    said += piece
  })
  const over = new Promise((ended) => watching.once('close', ended))
  const runs = () =>
    eventsIn(said.slice(0, said.lastIndexOf('\n') + 1)).filter(({ event }) => event === 'run-finished').length
  await until(() => runs() === 1)
  here.write('lib/up.ts', up.replace('toUpperCase()', "concat('1')"))
  await until(() => runs() === 2)
  watching.kill('SIGINT')
  await over
  const events = eventsIn(said)
  expect(textsOf(here, events.slice(events.findIndex(({ event }) => event === 'run-finished')), 'loud')[0]).toBe(
    'one1?',
  )
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'watch ends by %s while a file of stages does not finish loading',
  async (signal) => {
    const here = trusted()
    const watching = here.start(['watch', 'a.llmpipe', '--json', '--trust-changes'])
    let said = ''
    watching.stdout!.on('data', (piece) => {
      said += piece
    })
    const over = new Promise((ended) => watching.once('close', ended))
    await until(() => said.includes('run-finished'))
    const loading = join(here.folder, 'loading')
    here.write(
      'lib/up.ts',
      `import { writeFileSync } from 'node:fs'\nwriteFileSync('${loading}', \`\${process.pid}\`)\nfor (;;) {}\n${up}`,
    )
    await until(() => existsSync(loading) && readFileSync(loading, 'utf8') !== '')
    watching.kill(signal)
    expect(await over).toBe(0)
    const pid = Number(readFileSync(loading, 'utf8'))
    await until(() => !isRunning(pid))
  },
)

test('a file that does not finish loading ends with the command that loads it', async () => {
  const here = trusted()
  const loading = join(here.folder, 'loading')
  here.write(
    'lib/up.ts',
    `import { writeFileSync } from 'node:fs'\nwriteFileSync('${loading}', \`\${process.pid}\`)\nfor (;;) {}\n${up}`,
  )
  const checking = here.start(['trust', '--yes', 'a.llmpipe'])
  await until(() => existsSync(loading) && readFileSync(loading, 'utf8') !== '')
  checking.kill('SIGKILL')
  const pid = Number(readFileSync(loading, 'utf8'))
  await until(() => !isRunning(pid))
})
