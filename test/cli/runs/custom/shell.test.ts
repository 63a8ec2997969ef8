/** Commands of one's own as stages: what they see, what they make, what runs them again, and that a project is trusted first. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Event, eventsIn, makeProject, outcomes } from '../../rig.ts'

const before = process.env.XDG_STATE_HOME
const state = mkdtempSync(join(tmpdir(), 'llmpipe-state-'))
beforeAll(() => {
  process.env.XDG_STATE_HOME = state
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
  expect(made.llmpipe(['trust', '--yes', 'a.llmpipe']).code).toBe(0)
  return made
}
const textsOf = (made: ReturnType<typeof makeProject>, stage: string) => {
  made.llmpipe(['trust', '--yes', 'a.llmpipe'])
  const { events } = made.events(['a.llmpipe'])
  const digest = events.find(({ event, stage: each }) => (event === 'finished' || event === 'cached') && each === stage)
    ?.digest as string
  const shard = join(made.folder, '.llmpipe/objects', digest.slice(0, 2), digest, 'docs-00000.jsonl')
  return readFileSync(shard, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text)
}

/** The numbers of processes by their command line. */
function processesOf(command: string): string[] {
  return spawnSync('pgrep', ['-x', '-f', command], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
}

describe('trust', () => {
  test('nothing runs before the project is trusted, and then it runs without a question', () => {
    const here = project()
    const { code, stderr } = here.llmpipe(['run', 'a.llmpipe', '--plain'])
    expect(code).toBe(2)
    expect(stderr).toContain('is not trusted yet')
    expect(stderr).toContain(
      'loud runs: sh tools/loud.sh $IN1 > $OUT/loud.jsonl. To read all of it and decide: llmpipe trust a.llmpipe',
    )
    expect(here.llmpipe(['check', 'a.llmpipe']).code).toBe(0)
    const asked = here.llmpipe(['trust', 'a.llmpipe'])
    expect(asked.code).toBe(2)
    expect(asked.stdout).toContain('loud: a command (a.llmpipe:2)\n  | sh tools/loud.sh $IN1 > $OUT/loud.jsonl\n')
    expect(asked.stderr).toContain('trust asks a question, and there is no terminal')
    expect(here.llmpipe(['run', 'a.llmpipe', '--plain']).code).toBe(2)
    expect(here.llmpipe(['trust', '--yes', 'a.llmpipe']).code).toBe(0)
    expect(here.events(['a.llmpipe']).code).toBe(0)
    expect(here.llmpipe(['trust', 'a.llmpipe']).stdout).toBe('a.llmpipe runs nothing that is not trusted\n')
  })

  test('everything that would run is shown, without control characters that act on the terminal', () => {
    process.env.TOKEN = 'a secret'
    const here = project(
      'data all = shell(command: "rm -rf ~\\u{1b}[2K\\u{1b}[1A\\u{202e}\\u{200b}\\r\\necho fine", env: ["A=\\u{9b}2K"], pass: ["TOKEN", "OTHER"])\n',
    )
    const { stdout } = here.llmpipe(['trust', 'a.llmpipe'])
    expect(stdout).toContain(
      '  | rm -rf ~\\u{1b}[2K\\u{1b}[1A\\u{202e}\\u{200b}\\u{d}\n  | echo fine\n  with A=\\u{9b}2K\n  receives your variable TOKEN (set now)\n  receives your variable OTHER (not set now)\n',
    )
    expect(stdout).not.toContain('a secret')
    const { stderr } = here.llmpipe(['run', 'a.llmpipe', '--plain'])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/)
    delete process.env.TOKEN
  })

  test('a command behind many blanks is shown', () => {
    const here = project(
      `data all = shell(command: "echo${' '.repeat(500)}rm -rf ~${'\\n'.repeat(30)}", makes: files)\n`,
    )
    const { stdout } = here.llmpipe(['trust', 'a.llmpipe'])
    expect(stdout).toContain('all: a command of 31 lines (a.llmpipe:1)\n  | echo (500 spaces) rm -rf ~\n')
  })

  test('a home that cannot be written to, or a missing folder, is reported', () => {
    // A file, where a folder would be.
    process.env.XDG_STATE_HOME = join(state, 'file')
    writeFileSync(join(state, 'file'), '')
    const here = project()
    const { code, stderr } = here.llmpipe(['trust', '--yes', 'a.llmpipe'])
    process.env.XDG_STATE_HOME = state
    const there = makeProject()
    projects.push(there)
    expect(there.llmpipe(['trust', '--yes', 'nowhere/a.llmpipe']).stderr).toContain('error[E0601]')
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('nothing was trusted, because the list cannot be written'),
    ])
  })

  test.each([
    ['the command', { 'a.llmpipe': program.replace('> $OUT', '| cat > $OUT') }],
    ['a variable that it sets', { 'a.llmpipe': program.replace('MARK=!', 'MARK=?') }],
    ['a variable that it passes', { 'a.llmpipe': program.replace('env:', 'pass: ["TOKEN"], env:') }],
    ['a file of it', { 'tools/loud.sh': `${script}# More.\n` }],
    ['a file more', { 'tools/more.sh': '' }],
  ])('a change of %s is not trusted with what was before', (_, changes) => {
    const here = trusted()
    expect(here.events(['a.llmpipe']).code).toBe(0)
    for (const [name, text] of Object.entries(changes)) here.write(name, text)
    expect(here.llmpipe(['run', 'a.llmpipe', '--plain']).stderr).toContain('is not trusted yet')
  })

  test('a change of other stages or of inputs does not ask for trust again', () => {
    const here = trusted()
    here.write('a.llmpipe', program.replace('words >= 1', 'words >= 0').replace('data loud', '\n// Loud.\ndata loud'))
    here.write('words.txt', 'three\n')
    expect(here.events(['a.llmpipe']).code).toBe(0)
  })

  test('other contents at the same place are not trusted', () => {
    const here = trusted()
    here.write('a.llmpipe', 'data all = shell(command: "touch /tmp/never", makes: files)\n')
    expect(here.llmpipe(['run', 'a.llmpipe', '--plain']).code).toBe(2)
  })
})

describe('shell', () => {
  test('takes inputs, files and env, and makes documents; only what changed runs again', () => {
    const here = trusted()
    expect(textsOf(here, 'kept')).toEqual(['one!', 'two!'])
    expect(outcomes(here.events(['a.llmpipe']).events)).toEqual({ quiet: 'cached', loud: 'cached', kept: 'cached' })
    here.write('tools/loud.sh', `# the same\n${script}`)
    // The script changed, what it makes did not.
    here.llmpipe(['trust', '--yes', 'a.llmpipe'])
    expect(outcomes(here.events(['a.llmpipe']).events)).toEqual({ quiet: 'cached', loud: 'finished', kept: 'cached' })
    here.write('a.llmpipe', program.replace('MARK=!', 'MARK=?'))
    expect(textsOf(here, 'kept')).toEqual(['one?', 'two?'])
  })

  test('sees only the variables of the environment that it passes', () => {
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

  const messages = (events: readonly Event[], level: string) =>
    events.flatMap((each) => (each.event === 'log' && each.level === level ? [String(each.message)] : []))

  test.each([
    ['holds its output', 'sleep 97531 & echo x > $OUT/x'],
    ['holds nothing', 'sleep 97531 >/dev/null 2>&1 </dev/null & echo x > $OUT/x'],
    ['does not end when it is asked to', `(trap "" TERM INT; sleep 97531) & echo x > $OUT/x`],
  ])('ends with its command, though what it leaves behind %s', (_, command) => {
    const here = trusted(`data all = shell(command: "sh go.sh", files: "go.sh", makes: files)\n`, {
      'go.sh': `${command}\n`,
    })
    const { code, events } = here.events(['a.llmpipe'])
    expect(code).toBe(0)
    expect(messages(events, 'warning').join()).toMatch(
      /^the command left processes behind \((sh, )?sleep\); they were ended$/,
    )
    expect(processesOf('sleep 97531')).toEqual([])
  })

  test('waits a little for what it leaves behind', () => {
    const here = trusted(
      'data all = shell(command: "(sleep 0.3; echo late > $OUT/y) & echo x > $OUT/x", makes: files)\n',
    )
    const { events } = here.events(['a.llmpipe'])
    expect(messages(events, 'warning')).toEqual([])
    expect(events.find(({ event }) => event === 'finished')?.report).toMatchObject({ metrics: { files: 2 } })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('ends by %s with all that it started', async (signal) => {
    const here = trusted('data all = shell(command: "sleep 86421 & echo begun; sleep 86422", makes: files)\n')
    const running = here.start(['run', 'a.llmpipe', '--json'])
    let said = ''
    running.stdout!.on('data', (piece) => (said += piece))
    const over = new Promise((ended) => running.once('close', ended))
    while (!said.includes('"begun"')) await new Promise((soon) => setTimeout(soon, 20))
    running.kill(signal)
    expect(await over).toBe(130)
    expect([...processesOf('sleep 86421'), ...processesOf('sleep 86422')]).toEqual([])
  })

  test('keeps of a long log the beginning and the end, and says how much it left out', () => {
    const here = trusted(
      'data all = shell(command: "seq 1 200000; head -c 30000000 /dev/zero | tr $Z a; echo; echo done; echo x > $OUT/x", makes: files, env: ["Z=\\\\0"])\n',
    )
    expect(here.llmpipe(['run', 'a.llmpipe', '--plain']).code).toBe(0)
    const runs = join(here.folder, '.llmpipe/runs')
    const events = eventsIn(readFileSync(join(runs, readdirSync(runs)[0]!, 'events.jsonl'), 'utf8'))
    const log = messages(events, 'info')
    expect(log[0]).toBe('1')
    expect(log.at(-1)).toBe('done')
    expect(log.at(-2)).toMatch(/^a{8192} … \(29,991,808 bytes more\)$/)
    expect(Buffer.byteLength(log.join('\n'))).toBeLessThan(1e6)
    expect(messages(events, 'warning').join()).toMatch(
      /^its log is cut: [\d,]+ lines of output \([\d.]+ MB\) were left out$/,
    )
  })

  test('an invalid name of a variable is an error of the program', () => {
    const { stdout } = project('data all = shell(command: "true", env: ["1x"])\n').llmpipe([
      'check',
      'a.llmpipe',
      '--json',
    ])
    expect(JSON.parse(stdout).diagnostics[0].message).toContain('`1x` does not set a variable')
  })
})
