/** Lists in files: the values that conditions look up. */

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject } from '../rig.ts'

const page = (url: string, lang: string) => JSON.stringify({ text: `${url} says hello`, url, lang })
const project = makeProject({
  'pages.jsonl': ['http://good.org/a', 'http://BAD.com/b', 'http://worse.net/c', 'http://good.org/d']
    .map((url, i) => page(url, ['en', 'de', 'en', 'fr'][i]!))
    .join('\n'),
  'block.txt': '# hosts that nobody needs\nbad.com\n\n  worse.net  \n',
  'langs/a.txt': 'en\n',
  'langs/b.txt': 'de\r\nfr\r\n',
  'p.llmpipe': `data pages = read("pages.jsonl") |> drop(where: url.host in list("block.txt"))
data known = pages |> keep(where: not (lang in list("langs/*.txt")) or words > 0)
filter allowed() { lang in list("langs/a.txt") }
data own = pages |> allowed()
`,
})
afterAll(() => project.remove())

const documents = (stage: string) => {
  const { stdout } = project.llmpipe(['show', 'p.llmpipe', stage, '--json'])
  return (JSON.parse(stdout) as { report: { metrics: { documents: number } } }).report.metrics.documents
}

beforeAll(() => void project.llmpipe(['run', 'p.llmpipe', '--plain']), 120_000)

describe('a list in a file', () => {
  test('is looked up by conditions of keep, drop and filters', () => {
    expect(['pages', 'known', 'own'].map(documents)).toEqual([2, 2, 1])
    expect(project.llmpipe(['show', 'p.llmpipe', 'pages']).stdout).toContain('drop: url.host in list("block.txt")')
  })

  test('is an input: a change runs the stage again, and `why` names the file', () => {
    expect(project.llmpipe(['plan', 'p.llmpipe']).stdout).toContain('0 to run')
    project.write('block.txt', 'bad.com\n')
    expect(project.llmpipe(['why', 'p.llmpipe', 'pages']).stdout).toContain('block.txt')
    expect(project.llmpipe(['run', 'p.llmpipe', '--plain']).code).toBe(0)
    expect(documents('pages')).toBe(3)
  })

  test('keeps its files: a file that moves from one list to another runs all documents again', () => {
    const where = 'url.host in list("hosts/*.txt") or lang in list("codes/*.txt")'
    project.write('m.llmpipe', `data pages = read("pages.jsonl") |> keep(where: ${where})\n`)
    project.write('hosts/a.txt', 'nobody.org\n')
    project.write('codes/b.txt', 'en\n')
    project.write('codes/c.txt', 'fr\n')
    expect(project.llmpipe(['run', 'm.llmpipe', '--plain']).stdout).toContain('3 of 4 documents')
    renameSync(join(project.folder, 'codes/b.txt'), join(project.folder, 'hosts/b.txt'))
    expect(project.llmpipe(['run', 'm.llmpipe', '--plain']).stdout).toContain('1 of 4 documents')
  })

  test('may be packed, and a damaged one ends the stage', () => {
    const packed = gzipSync('bad.com\ngood.org\n')
    writeFileSync(join(project.folder, 'block.txt.gz'), packed)
    project.write('gz.llmpipe', 'data pages = read("pages.jsonl") |> drop(where: url.host in list("block.txt.gz"))\n')
    expect(project.llmpipe(['run', 'gz.llmpipe', '--plain']).stdout).toContain('1 of 4 documents')
    writeFileSync(join(project.folder, 'block.txt.gz'), packed.subarray(0, 20))
    const { code, stdout } = project.llmpipe(['run', 'gz.llmpipe', '--plain'])
    expect(code).toBe(1)
    expect(stdout).toContain('error[damaged-list]: the list block.txt.gz cannot be used: the gzip archive is cut off')
  })

  test('that is not UTF-8 ends the stage, one without values warns, and one that is missing is named', () => {
    project.write('l.llmpipe', 'data pages = read("pages.jsonl") |> drop(where: lang in list("l.txt"))\n')
    expect(project.llmpipe(['check', 'l.llmpipe']).stdout).toContain('No file matches "l.txt"')
    writeFileSync(join(project.folder, 'l.txt'), Buffer.from([0x65, 0x6e, 0x0a, 0xff, 0xfe, 0x41]))
    expect(project.llmpipe(['run', 'l.llmpipe', '--plain']).stdout).toContain('line 2 is not UTF-8')
    project.write('l.txt', '# nothing\n')
    expect(project.llmpipe(['run', 'l.llmpipe', '--plain']).stdout).toContain('the list l.txt is empty')
  })

  test('of other types than the field ends the stage with the document', () => {
    project.write('n.jsonl', '{"text":"a","n":1}\n')
    project.write('n.llmpipe', 'data kept = read("n.jsonl") |> keep(where: n in list("block.txt"))\n')
    const { code, stdout } = project.llmpipe(['run', 'n.llmpipe', '--plain'])
    expect(code).toBe(1)
    expect(stdout).toContain('`n` is 1 in the document 3cdc155005cd73e3, and the condition needs a text')
  })
})
