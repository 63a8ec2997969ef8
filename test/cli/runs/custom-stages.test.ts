/** Custom stages in TypeScript, through the real command: when they run, when they run again, and the errors that are printed. */

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRunning } from '../../../src/process/identity.ts'
import { type Event, eventsIn, makeProject, outcomes, type Project } from '../rig.ts'

const before = process.env.XDG_STATE_HOME
beforeAll(() => {
  process.env.XDG_STATE_HOME = mkdtempSync(join(tmpdir(), 'llmpipe-state-'))
})
const projects: Project[] = []
afterAll(() => {
  for (const each of projects) each.remove()
  rmSync(process.env.XDG_STATE_HOME!, { recursive: true, force: true })
  if (before === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = before
})

const program = `use "./shout.ts" { shout }
use "./quiet.mjs" { quiet }
data words = read("words.txt", split: lines)
data loud = words |> shout(mark: "?")
data soft = words |> quiet()
data kept = loud |> keep(where: characters >= 1)
`
const shout = `import { defineStep } from 'llmpipe'
import { up } from './lib/up.ts'

export const shout = defineStep({
  summary: 'Makes documents loud.',
  settings: { mark: { type: 'string', default: '!', description: 'What is put behind each.' } },
  map: (doc, { mark }) => ({ ...doc, text: up(doc.text) + mark }),
})
`
const up = 'export const up = (text: string): string => text.toUpperCase()\n'
const quiet = `import { defineStep } from 'llmpipe'
export const quiet = defineStep({ summary: 'Makes documents quiet.', map: (doc) => ({ ...doc, text: doc.text + '.' }) })
`
const files = {
  'a.llmpipe': program,
  'words.txt': 'one\ntwo\n',
  'shout.ts': shout,
  'lib/up.ts': up,
  'quiet.mjs': quiet,
}

function project(given: Readonly<Record<string, string>> = files): Project {
  const made = makeProject(given)
  projects.push(made)
  return made
}

/** A project that is trusted as it is, also where it has errors. */
function trusted(given: Readonly<Record<string, string>> = files): Project {
  const made = project(given)
  made.llmpipe(['trust', '--yes', 'a.llmpipe'])
  return made
}

/** Trusts a program as it is now, and runs it. */
function run(made: Project, args: readonly string[]): ReturnType<Project['events']> {
  made.llmpipe(['trust', '--yes', args[0]!])
  return made.events(args)
}

/** A project with one file of stages, and what of it is called. */
function withStages(code: string, calls: string, more: Readonly<Record<string, string>> = {}): Project {
  const names = [...code.matchAll(/export const (\w+)/g)].map(([, name]) => name)
  return trusted({
    'a.llmpipe': `use "./own.ts" { ${names.join(', ')} }\n${calls}`,
    'own.ts': code,
    'words.txt': 'one\ntwo\nthree\n',
    ...more,
  })
}

const read = 'data words = read("words.txt", split: lines)\n'

function linesOf(made: Project, events: readonly Event[], stage: string, stem = 'docs'): Record<string, unknown>[] {
  const end = events.find(({ event, stage: each }) => (event === 'finished' || event === 'cached') && each === stage)
  const digest = end?.digest as string
  return readFileSync(join(made.folder, '.llmpipe/objects', digest.slice(0, 2), digest, `${stem}-00000.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
const textsOf = (made: Project, events: readonly Event[], stage: string) =>
  linesOf(made, events, stage).map(({ text }) => text)

function failure(made: Project): { readonly code: string; readonly message: string; readonly detail?: string } {
  const { code, stdout, stderr } = made.llmpipe(['run', 'a.llmpipe', '--json'])
  expect(code, stderr).toBe(1)
  return eventsIn(stdout).find(({ event }) => event === 'failed')?.error as never
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((soon) => setTimeout(soon, 20))
}

describe('trust', () => {
  test('nothing of a file runs before the project was trusted, by no command', () => {
    const here = project({
      ...files,
      'lib/up.ts': `${up}import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')\n`,
    })
    for (const command of [['check'], ['plan'], ['run', '--plain'], ['graph'], ['why', 'loud'], ['watch'], ['trust']]) {
      const { code, stdout, stderr } = here.llmpipe([command[0]!, 'a.llmpipe', ...command.slice(1)])
      expect(code, command[0]).toBe(2)
      if (command[0] === 'trust') {
        expect(stdout).toContain('stages in shout.ts, which loads:\n  file shout.ts (')
        expect(stdout).toContain('  file lib/up.ts (')
        expect(stderr).toContain('In a script, for code that you know: --yes.')
        continue
      }
      expect(stdout + stderr).toContain('error[E0605]: `./shout.ts` is code of this project')
      expect(stdout + stderr).toContain('--> a.llmpipe:1:5')
      expect(stdout + stderr).toContain('help: Read it. If it is fine: llmpipe trust a.llmpipe')
    }
    expect(existsSync(join(here.folder, 'ran'))).toBe(false)
    expect(existsSync(join(here.folder, '.llmpipe/code'))).toBe(false)
    expect(here.llmpipe(['trust', '--yes', 'a.llmpipe']).code).toBe(0)
    expect(here.events(['a.llmpipe']).code).toBe(0)
    expect(existsSync(join(here.folder, 'ran'))).toBe(true)
  })

  test('a cached plan does not run after trust was withdrawn', () => {
    const here = trusted()
    expect(here.events(['a.llmpipe']).code).toBe(0)
    rmSync(join(process.env.XDG_STATE_HOME!, 'llmpipe/trusted.json'))
    const { code, stderr } = here.llmpipe(['run', 'a.llmpipe', '--plain'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('loud runs: shout.ts, lib/up.ts')])
  })

  test('an edit of a file, or of one that it imports, is not trusted with it, nor is a copy elsewhere', () => {
    const here = trusted()
    expect(here.events(['a.llmpipe']).code).toBe(0)
    const canary = "import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')\n"
    for (const name of ['shout.ts', 'lib/up.ts'] as const) {
      here.write(name, `${canary}${files[name]}`)
      expect(here.llmpipe(['run', 'a.llmpipe', '--plain']).stderr).toContain('error[E0605]: `./shout.ts`')
      here.write(name, files[name])
      // What was trusted still is.
      expect(here.events(['a.llmpipe']).code).toBe(0)
    }
    expect(existsSync(join(here.folder, 'ran'))).toBe(false)
    expect(project().llmpipe(['run', 'a.llmpipe', '--plain']).code).toBe(2)
  })

  test('a file is trusted by what a link leads to', () => {
    const here = trusted()
    const elsewhere = project({ 'evil.ts': `${up}import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')\n` })
    rmSync(join(here.folder, 'lib/up.ts'))
    symlinkSync(join(elsewhere.folder, 'evil.ts'), join(here.folder, 'lib/up.ts'))
    expect(here.llmpipe(['check', 'a.llmpipe']).code).toBe(2)
    expect(here.llmpipe(['trust', 'a.llmpipe']).stdout).toMatch(/ {2}file \.\.\/.*\/evil\.ts \(/)
    expect(existsSync(join(here.folder, 'ran'))).toBe(false)
  })

  test('definitions in the store of a project are ignored until the code is trusted', () => {
    const theirs = trusted()
    theirs.write('lib/up.ts', `${up}import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')\n`)
    expect(run(theirs, ['a.llmpipe']).code).toBe(0)
    rmSync(join(theirs.folder, 'ran'))
    // It comes with its store, in which the plan and the code lie ready; and nothing of it was trusted here.
    rmSync(join(process.env.XDG_STATE_HOME!, 'llmpipe/trusted.json'))
    for (const command of ['run', 'check', 'plan', 'graph'])
      expect(theirs.llmpipe([command, 'a.llmpipe']).code, command).toBe(2)
    expect(existsSync(join(theirs.folder, 'ran'))).toBe(false)
  })
})

describe('the key', () => {
  const all = { words: 'cached', loud: 'cached', soft: 'cached', kept: 'cached' }

  test('only the changed stage and the stages after it run again', () => {
    const here = trusted()
    expect(textsOf(here, run(here, ['a.llmpipe']).events, 'kept')).toEqual(['ONE?', 'TWO?'])
    here.write('lib/other.ts', '// Nobody imports this.\n')
    expect(outcomes(run(here, ['a.llmpipe']).events)).toEqual(all)
    here.write('lib/up.ts', up.replace('toUpperCase', 'toLowerCase'))
    expect(outcomes(run(here, ['a.llmpipe']).events)).toEqual({ ...all, loud: 'finished', kept: 'finished' })
    here.write('a.llmpipe', program.replace('mark: "?"', 'mark: ","'))
    expect(outcomes(run(here, ['a.llmpipe']).events)).toEqual({ ...all, loud: 'finished', kept: 'finished' })
  })

  test('why names the changed file, and an unchanged output stops the change there', () => {
    const here = trusted()
    run(here, ['a.llmpipe'])
    here.write('lib/up.ts', `// The same.\n${up}`)
    here.llmpipe(['trust', '--yes', 'a.llmpipe'])
    expect(here.llmpipe(['plan', 'a.llmpipe']).stdout).toMatch(/\+ loud +shout +lib\/up\.ts changed/)
    expect(here.llmpipe(['why', 'a.llmpipe', 'loud']).stdout).toContain('lib/up.ts changed')
    expect(outcomes(run(here, ['a.llmpipe']).events)).toEqual({ ...all, loud: 'finished' })
  })

  test('folders and names of files do not change the key, but swapping two helpers does', () => {
    const two = `import { defineStep } from 'llmpipe'
import { a } from './a.ts'
import { b } from './b.ts'
export const both = defineStep({ summary: 'Both.', map: (doc) => ({ ...doc, text: doc.text + a() + b() }) })
`
    const helpers = {
      'a.ts': "export const a = () => 'x'\nexport const b = a\n",
      'b.ts': "export const b = () => 'y'\nexport const a = b\n",
    }
    const here = withStages(two, `${read}data all = words |> both()\n`, helpers)
    expect(textsOf(here, run(here, ['a.llmpipe']).events, 'all')[0]).toBe('onexy')
    // Elsewhere, with its store: the same.
    const moved = `${here.folder}-moved`
    cpSync(here.folder, moved, { recursive: true })
    const there = makeProject({}, moved)
    expect(outcomes(run(there, ['a.llmpipe']).events)).toEqual({ words: 'cached', all: 'cached' })
    // By another name.
    renameSync(join(here.folder, 'own.ts'), join(here.folder, 'mine.ts'))
    here.write('a.llmpipe', `use "./mine.ts" { both }\n${read}data all = words |> both()\n`)
    expect(outcomes(run(here, ['a.llmpipe']).events)).toEqual({ words: 'cached', all: 'cached' })
    // The same texts, the other way round.
    here.write('a.ts', helpers['b.ts'])
    here.write('b.ts', helpers['a.ts'])
    const { events } = run(here, ['a.llmpipe'])
    expect(outcomes(events)).toEqual({ words: 'cached', all: 'finished' })
    expect(textsOf(here, events, 'all')[0]).toBe('oneyx')
  })

  test('an imported package is part of the key', () => {
    const code = `import { defineStep } from 'llmpipe'
import pad from 'pad'
export const padded = defineStep({ summary: 'Pads.', map: (doc) => ({ ...doc, text: pad(doc.text) }) })
`
    // CommonJS, which asks for a part of Node.
    const pad = "const { EOL } = require('node:os')\nmodule.exports = (text) => (EOL + text).trim() + '_'\n"
    const here = withStages(code, `${read}data all = words |> padded()\n`, {
      'node_modules/pad/package.json': '{ "name": "pad", "version": "1.0.0", "main": "main.js" }\n',
      'node_modules/pad/main.js': pad,
    })
    expect(textsOf(here, run(here, ['a.llmpipe']).events, 'all')[0]).toBe('one_')
    here.write('node_modules/pad/main.js', pad.replace("'_'", "'__'"))
    const { events } = run(here, ['a.llmpipe'])
    expect(textsOf(here, events, 'all')[0]).toBe('one__')
    expect(events.find(({ event, stage }) => event === 'started' && stage === 'all')?.reason).toBe(
      'package pad changed',
    )
  })

  test('the code that runs is the code in the key, even if a file is edited meanwhile', async () => {
    const here = trusted({
      ...files,
      'a.llmpipe': `use "./shout.ts" { shout }
data words = shell(command: "sh wait.sh", files: "wait.sh", pass: ["HERE"])
data loud = words |> shout()
`,
      'wait.sh': `touch "$HERE/began"
until test -e "$HERE/open"; do sleep 0.05; done
echo '{"text":"one"}' > "$OUT/a.jsonl"
`,
    })
    process.env.HERE = here.folder
    const running = makeProject({}, here.folder).start(['run', 'a.llmpipe', '--json'])
    delete process.env.HERE
    let said = ''
    running.stdout!.on('data', (piece) => {
      said += piece
    })
    const over = new Promise((ended) => running.once('close', ended))
    await until(() => existsSync(join(here.folder, 'began')))
    here.write('lib/up.ts', up.replace('toUpperCase()', "replace('o', '0')"))
    here.write('open', '')
    await over
    expect(textsOf(here, eventsIn(said), 'loud')).toEqual(['ONE!'])
    // The record is of the old code: the new one is another key.
    const { events } = run(here, ['a.llmpipe'])
    expect(textsOf(here, events, 'loud')).toEqual(['0ne!'])
    here.write('lib/up.ts', up)
    expect(outcomes(run(here, ['a.llmpipe']).events)).toEqual({ words: 'cached', loud: 'cached' })
  })

  test('code that was removed from the store is bundled again', () => {
    const here = trusted()
    run(here, ['a.llmpipe'])
    rmSync(join(here.folder, '.llmpipe/code'), { recursive: true })
    here.write('words.txt', 'three\n')
    expect(textsOf(here, run(here, ['a.llmpipe']).events, 'loud')).toEqual(['THREE?'])
  })
})

describe('errors of a file', () => {
  const valid = "import { defineStage } from 'llmpipe'\n"

  /** A mistake, a file with it, and the message; FILE stands for the name of the file. */
  const cases: readonly (readonly [what: string, code: string, words: readonly string[]])[] = [
    [
      'a syntax error, at its place',
      'const ü = 1; export const = 2\n',
      ['E0606', 'Expected identifier but found "="', '--> FILE:1:27'],
    ],
    [
      'an import of nothing',
      "import { a } from './no.ts'\nexport const it = a\n",
      ['E0606', 'Could not resolve "./no.ts"', '--> FILE:1:19'],
    ],
    [
      'an export that an import lacks',
      "import { b } from './FILE'\nexport const it = b\n",
      ['E0606', 'No matching export'],
    ],
    ['something thrown', 'const a: any = undefined\nexport const it = a.b\n', ['E0607', 'TypeError', '(FILE:2)']],
    ['an end of the process', "console.log('bye')\nprocess.exit(4)\n", ['E0607', 'exit code 4; it last printed: bye']],
    ['waiting for nothing', 'await new Promise(() => {})\n', ['E0607', 'it waits for something that never happens']],
    ['no stage', 'export const it = { summary: 1 }\n', ['E0608', '`it` of `./FILE` is not a stage']],
    [
      'another name',
      `${valid}export const its = defineStage({ summary: 'x', output: 'Docs', run() {} })\n`,
      ['E0602', 'Did you mean `its`?'],
    ],
    [
      'no run',
      `${valid}export const it = defineStage({ summary: 'x', output: 'Docs' } as any)\n`,
      ['E0609', 'it needs a field `run`'],
    ],
    [
      'no output',
      `${valid}export const it = defineStage({ summary: 'x', run() {} } as any)\n`,
      ['E0609', 'it needs `output`, or `outputs`'],
    ],
    [
      'a field that is none',
      `${valid}export const it = defineStage({ summry: 'x', output: 'Docs', run() {} } as any)\n`,
      ['E0609'],
    ],
    [
      'a setting that is none',
      `${valid}export const it = defineStage({ summary: 'x', output: 'Docs', settings: { a: { type: 'string', defualt: 1, description: 'x' } }, run() {} } as any)\n`,
      ['E0609', '`settings.a` has no field `defualt`; did you mean `default`?'],
    ],
    [
      'a type that is none',
      `${valid}export const it = defineStage({ summary: 'x', output: 'Docs', settings: { a: { type: 'text', description: 'x' } }, run() {} } as any)\n`,
      ['E0609', '`settings.a.type` must be one of integer, number, string, boolean, array.'],
    ],
    [
      'a default that does not fit',
      `${valid}export const it = defineStage({ summary: 'x', output: 'Docs', settings: { a: { type: 'integer', default: 1.5, description: 'x' } }, run() {} })\n`,
      ['E0609', 'the default of `settings.a` is 1.5'],
    ],
    [
      'a setting that all stages have',
      `${valid}export const it = defineStage({ summary: 'x', output: 'Docs', settings: { memory: { type: 'integer', description: 'x' } }, run() {} })\n`,
      ['E0609', '`memory` is a setting that every stage has'],
    ],
    [
      'an output like nothing',
      `${valid}export const it = defineStage({ summary: 'x', output: { like: 'docs' }, run() {} })\n`,
      ['E0609', 'an output is like `docs`'],
    ],
  ]

  test('each is reported with its place, and all at once', () => {
    const named = cases.map(([, code], n) => [`case${n}.ts`, code.replaceAll('FILE', `case${n}.ts`)] as const)
    const uses = named.map(([file], n) => `use "./${file}" { it as it${n} }\n`).join('')
    const here = trusted({ 'a.llmpipe': uses, ...Object.fromEntries(named) })
    const { code, stdout } = here.llmpipe(['check', 'a.llmpipe'])
    expect(code).toBe(2)
    const blocks = stdout.split('\n\n')
    for (const [n, [what, , words]] of cases.entries()) {
      const said = blocks.filter((block) => block.includes(`case${n}.ts`)).join('\n\n')
      for (const word of words) expect(said, what).toContain(word.replaceAll('FILE', `case${n}.ts`))
    }
  })

  test('output that the file prints while it is loaded disturbs nothing', () => {
    const here = withStages(
      `${valid}console.log('{"event":"noise"}')\nexport const it = defineStage({ summary: 'x', output: 'Files', run() { console.log('at work') } })\n`,
      'data a = it()\n',
    )
    expect(here.llmpipe(['check', 'a.llmpipe']).stdout).toBe('a.llmpipe: no errors\n')
  })
})

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
export const score = defineStage({
  summary: 'x',
  inputs: { docs: { kinds: ['Docs'], description: 'x' }, other: { kinds: ['Docs'], description: 'x', optional: true } },
  output: 'Report',
  run: ({ inputs }) => ({ metrics: { given: inputs.other === undefined ? 0 : 1 } }),
})
`
    const calls = `${read}data even, odd = halves([words, words], words)
data names = listed("[xy].txt")
export names to "out"
stage less = words |> score()
stage more = words |> score(odd)
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
