/** Custom stages in TypeScript, through the real command: trust, when they run again, and the errors that are printed. */

import { cpSync, existsSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventsIn, makeProject, outcomes } from '../../rig.ts'
import { files, program, project, read, run, textsOf, trusted, until, up, withStages } from './custom-rig.ts'

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
