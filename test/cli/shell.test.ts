/** Commands of one's own as stages: what they see, what they make, what runs them again, and that a project is trusted first. */

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventsIn, makeProject, outcomes } from './rig.ts'

const before = process.env.XDG_STATE_HOME
beforeAll(() => {
  process.env.XDG_STATE_HOME = mkdtempSync(join(tmpdir(), 'llmpipe-state-'))
})
const projects: ReturnType<typeof makeProject>[] = []
afterAll(() => {
  for (const each of projects) each.remove()
  if (before === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = before
})

const program = `data quiet = read("words.txt", split: lines)
data loud = shell([quiet], command: "sh tools/loud.sh $IN1 > $OUT/loud.jsonl", files: ["tools/*.sh"], env: ["MARK=!"])
data kept = loud |> keep(where: words >= 1)
`
const script = `sed -E "s/\\"text\\":\\"([^\\"]*)\\"/\\"text\\":\\"\\1$MARK\\"/" "$1"/*.jsonl\n`

function project(text = program, files: Readonly<Record<string, string>> = {}) {
  const made = makeProject({ 'a.llmpipe': text, 'words.txt': 'one\ntwo\n', 'tools/loud.sh': script, ...files })
  projects.push(made)
  return made
}

function trusted(text?: string, files?: Readonly<Record<string, string>>) {
  const made = project(text, files)
  expect(made.llmpipe(['trust', 'a.llmpipe']).code).toBe(0)
  return made
}
const textsOf = (made: ReturnType<typeof makeProject>, stage: string) => {
  const { events } = made.events(['a.llmpipe'])
  const digest = events.find(({ event, stage: each }) => (event === 'finished' || event === 'cached') && each === stage)
    ?.digest as string
  const shard = join(made.folder, '.llmpipe/objects', digest.slice(0, 2), digest, 'docs-00000.jsonl')
  return readFileSync(shard, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text)
}

describe('trust', () => {
  test('nothing of it runs before the project was trusted, and then without a question', () => {
    const here = project()
    const { code, stderr } = here.llmpipe(['run', 'a.llmpipe', '--plain'])
    expect(code).toBe(2)
    expect(stderr).toContain('is not trusted yet')
    expect(stderr).toContain(
      'loud runs: sh tools/loud.sh $IN1 > $OUT/loud.jsonl. If that is fine: llmpipe trust a.llmpipe',
    )
    expect(here.llmpipe(['check', 'a.llmpipe']).code).toBe(0)
    expect(here.llmpipe(['trust', 'a.llmpipe']).stdout).toContain('loud runs: sh tools/loud.sh')
    expect(here.events(['a.llmpipe']).code).toBe(0)
  })
})

describe('shell', () => {
  test('takes inputs, files and env, and makes documents; only what changed runs again', () => {
    const here = trusted()
    expect(textsOf(here, 'kept')).toEqual(['one!', 'two!'])
    expect(outcomes(here.events(['a.llmpipe']).events)).toEqual({ quiet: 'cached', loud: 'cached', kept: 'cached' })
    here.write('tools/loud.sh', `# the same\n${script}`)
    // The script changed, what it makes did not.
    expect(outcomes(here.events(['a.llmpipe']).events)).toEqual({ quiet: 'cached', loud: 'finished', kept: 'cached' })
    here.write('a.llmpipe', program.replace('MARK=!', 'MARK=?'))
    expect(textsOf(here, 'kept')).toEqual(['one?', 'two?'])
  })

  test('sees of the environment only what it is told', () => {
    process.env.SECRET = 'secret'
    process.env.DEVICE = '7'
    const here = trusted('data all = shell(command: "sh e.sh > $OUT/a.jsonl", files: "e.sh", pass: ["DEVICE"])\n', {
      'e.sh': `echo "{\\"text\\":\\"\${SECRET-none} $DEVICE\\"}"\n`,
    })
    expect(textsOf(here, 'all')).toEqual(['none 7'])
    delete process.env.SECRET
    delete process.env.DEVICE
  })

  test.each([
    ['exit 3', 'command-failed', 'the command ended with exit code 3; it said nothing'],
    ['echo so far; false', 'command-failed', 'exit code 1; it said last: so far'],
    ['true', 'nothing-left', 'the command made no .jsonl file'],
    ['echo no > $OUT/a.jsonl', 'bad-output', 'a.jsonl:1, which is not a JSON object'],
    ['echo {} > $OUT/a.jsonl', 'bad-output', 'a.jsonl:1, which is not a document'],
    ['echo $NOWHERE', 'command-failed', 'NOWHERE'],
    ['kill -9 $$', 'killed', 'SIGKILL'],
    ["sh -c 'kill -SEGV $PPID'", 'killed', 'SIGSEGV'],
    ['kill -TERM $$', 'killed', 'SIGTERM'],
    [
      "echo 'terminate called after throwing an instance of std::bad_alloc'; exit 134",
      'out-of-memory',
      'out of memory',
    ],
  ])('%s fails with what was wrong', (command, code, message) => {
    const here = trusted(`data all = shell(command: r"${command}")\n`)
    const { code: exit, stdout } = here.llmpipe(['run', 'a.llmpipe', '--json'])
    expect(exit).toBe(1)
    const failed = eventsIn(stdout).find(({ event }) => event === 'failed') as unknown as {
      error: { code: string; message: string }
    }
    expect(failed.error.code).toBe(code)
    expect(failed.error.message).toContain(message)
  })

  test('makes rankings, and files that are exported', () => {
    const ranking = '{"messages":[{"role":"user","content":"q"}],"responses":["a","b"],"ranks":[1,2]}'
    const here = trusted(
      `data ranked = shell(command: "cat r.jsonl > $OUT/r.jsonl", files: "r.jsonl", makes: rankings)
data notes = shell([ranked], command: "mkdir $OUT/d && wc -l < $IN1/rankings-00000.jsonl > $OUT/d/n.txt", makes: files)
export notes to "out"
`,
      { 'r.jsonl': `${ranking}\n` },
    )
    expect(here.events(['a.llmpipe']).code).toBe(0)
    expect(readFileSync(join(here.folder, 'out/d/n.txt'), 'utf8').trim()).toBe('1')
  })

  test('a failure says the file and the line, also of a stage in a module', () => {
    const here = trusted('use "./part.llmpipe" { noisy }\ndata kept = noisy |> keep(where: words > 1)\n', {
      'part.llmpipe': '// A module.\ndata noisy = shell(command: "echo the last words; exit 7")\n',
    })
    const { code, stdout } = here.llmpipe(['run', 'a.llmpipe'])
    expect(code).toBe(1)
    expect(stdout.slice(stdout.indexOf('error['))).toBe(
      'error[command-failed]: the command ended with exit code 7; it said last: the last words\n' +
        '  --> part.llmpipe:2  noisy\n  | the last words\n  = help: Its whole log is with the stage.\n',
    )
  })

  test('a variable that is none is an error of the program', () => {
    const { stdout } = project('data all = shell(command: "true", env: ["1x"])\n').llmpipe([
      'check',
      'a.llmpipe',
      '--json',
    ])
    expect(JSON.parse(stdout).diagnostics[0].message).toContain('`1x` sets no variable')
  })
})
