/** `llmpipe show` and `llmpipe ls`: what they say of stages that failed or never ran, and what they list. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, type Project, prose, training } from '../rig.ts'

const projects: Project[] = []
function project(files: Readonly<Record<string, string>>): Project {
  const made = makeProject(files)
  projects.push(made)
  return made
}
afterAll(() => {
  for (const each of projects) each.remove()
})

describe('a stage whose input failed', () => {
  const program = `data d = read("data/*.txt", split: paragraphs) |> keep(where: words > 1_000)
tokenizer t = characters(d)
data tokens = d |> encode(t)
`
  let broken: Project
  beforeAll(() => {
    broken = project({ 'p.llmpipe': program, 'data/book.txt': prose })
    expect(broken.llmpipe(['run', 'p.llmpipe']).code).toBe(1)
  })

  test.each([['tokens'], ['t']])('show %s names the input that failed, why, and the command that shows it', (stage) => {
    const { code, stderr } = broken.llmpipe(['show', 'p.llmpipe', stage])
    expect(code).toBe(2)
    expect(stderr).toMatch(
      new RegExp(`^error: ${stage} has not run: it needs d, which failed: none of 40 documents is left`),
    )
    expect(stderr).toContain('help: Look at it: llmpipe show p.llmpipe d\n')
  })

  test('the command that the help names has the options of the call', () => {
    const other = project({ 'p.llmpipe': `param least = 5\n${program}`, 'data/book.txt': prose })
    other.llmpipe(['run', 'p.llmpipe', '-p', 'least=7', '--store', 'kept'])
    const { stderr } = other.llmpipe(['show', 'p.llmpipe', 'tokens', '-p', 'least=7', '--store', 'kept'])
    expect(stderr).toMatch(/help: Look at it: llmpipe show p\.llmpipe d -p least=7 --store \S*kept\n/)
  })
})

describe('lines that could not be read', () => {
  const lines = ['{"text":"one good line"}', ...Array.from({ length: 25 }, (_, line) => `{"text": ${line}`)]
  let damaged: Project
  beforeAll(() => {
    damaged = project({ 'p.llmpipe': 'data d = read("*.jsonl")\n', 'd.jsonl': `${lines.join('\n')}\n` })
    expect(damaged.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
  })
  const shown = (words: string[]) => damaged.llmpipe(words).stdout.match(/d\.jsonl:\d+/g)

  test('show prints three of them, and says how many more there are', () => {
    expect(shown(['show', 'p.llmpipe', 'd'])).toHaveLength(3)
    expect(damaged.llmpipe(['show', 'p.llmpipe', 'd']).stdout).toContain(
      '… and 17 more with --all, 5 more that the ledger only counts\n',
    )
  })

  test('show --all prints every line that the ledger keeps', () => {
    expect(shown(['show', 'p.llmpipe', 'd', '--all'])).toHaveLength(20)
    const { stdout } = damaged.llmpipe(['show', 'p.llmpipe', 'd', '--all'])
    expect(stdout).toContain('… and 5 more that the ledger only counts\n')
  })
})

describe('ls with a program', () => {
  let two: Project
  beforeAll(() => {
    two = project({
      'a.llmpipe': 'param name = "<a>"\ntokenizer a = bytes(special: [name])\n',
      'b.llmpipe': 'tokenizer b = bytes()\ntokenizer c = bytes(special: ["<c>"])\n',
    })
    expect(two.llmpipe(['run', 'a.llmpipe']).code).toBe(0)
    expect(two.llmpipe(['run', 'a.llmpipe', '-p', 'name=<b>']).code).toBe(0)
    expect(two.llmpipe(['run', 'b.llmpipe', '--only', 'b']).code).toBe(0)
  })
  const listed = (words: string[]) =>
    (JSON.parse(two.llmpipe(['ls', '--json', ...words]).stdout) as { name: string }[]).map(({ name }) => name)

  test('lists the artefacts of that program, and not the whole store', () => {
    expect(listed([])).toEqual(['b', 'a', 'a'])
    expect(listed(['a.llmpipe'])).toEqual(['a'])
    expect(listed(['b.llmpipe'])).toEqual(['b'])
  })

  test('takes -p, and names what has not run', () => {
    expect(two.llmpipe(['ls', 'a.llmpipe', '-p', 'name=<b>'])).toMatchObject({ code: 0, stderr: '' })
    const unmade = two.llmpipe(['ls', 'a.llmpipe', '-p', 'name=<z>'])
    expect([unmade.code, unmade.stdout]).toEqual([0, ''])
    expect(unmade.stderr).toBe(
      "a of a.llmpipe has not run with the program as it is\n  help: A run with -p 'name=<b>' made it: give the same here.\n",
    )
    expect(two.llmpipe(['ls', 'b.llmpipe']).stderr).toBe('c of b.llmpipe has not run with the program as it is\n')
  })

  test('refuses a program with errors', () => {
    two.write('wrong.llmpipe', 'tokenizer t = bites()\n')
    expect(two.llmpipe(['ls', 'wrong.llmpipe']).code).toBe(2)
  })
})

describe('compare of one stage', () => {
  test('puts what past runs made with other options beside it', () => {
    const made = project({ 'a.llmpipe': training, 'data/book.txt': prose })
    for (const steps of ['4', '6']) expect(made.llmpipe(['run', 'a.llmpipe', '-p', `steps=${steps}`]).code).toBe(0)
    expect(made.llmpipe(['show', 'a.llmpipe', 'base', '-p', 'steps=6']).stdout).toContain('computed by ONNX Runtime')
    const none = made.llmpipe(['compare', 'a.llmpipe', 'base'])
    expect(none.code).toBe(0)
    expect(none.stderr).toContain(
      'none of them has run with the program as it is\n  help: A run with -p steps=6 made it',
    )
    expect(none.stdout).toMatch(/^ +STAGE|^ +-p steps/)
    expect(none.stdout).toMatch(/^[ab] +4 /m)
    expect(none.stdout).toMatch(/^[ab] +6 /m)
    const one = made.llmpipe(['compare', 'a.llmpipe', 'base', '-p', 'steps=4', '--json'])
    const { stages } = JSON.parse(one.stdout) as { stages: { name: string }[] }
    expect(stages.map(({ name }) => name).sort()).toEqual(['base', 'base -p steps=6'])
    expect(one.stderr).toBe('')
  }, 60_000)
})
