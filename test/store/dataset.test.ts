import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { FilePattern } from '../../src/core/plan.ts'
import { configsIn } from '../../src/store/inputs/dataset/card.ts'
import { datasetFiles } from '../../src/store/inputs/dataset/dataset.ts'
import { inputFiles } from '../../src/store/inputs/input-files.ts'
import { StatCache } from '../../src/store/inputs/stat-cache.ts'
import { temporaryFolder } from '../run/rig.ts'
import recorded from './golden/datasets.json' with { type: 'json' }

interface Layout {
  readonly files: readonly string[]
  readonly readme?: string
  readonly default: string | null
  readonly configs: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

function folderOf(files: readonly string[], readme?: string): string {
  const folder = temporaryFolder()
  for (const path of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), '')
  }
  if (readme !== undefined) writeFileSync(join(folder, 'README.md'), readme)
  return folder
}

test.each((recorded as readonly Layout[]).map((each) => ({ name: each.files.join(' '), ...each })))(
  'the library `datasets` takes the same files: $name',
  ({ files, readme, default: first, configs }) => {
    const folder = folderOf(files, readme)
    for (const [config, splits] of Object.entries(configs)) {
      for (const [split, paths] of Object.entries(splits)) {
        const choice = readme?.includes('configs:') === true ? { split, config } : { split }
        expect(datasetFiles(folder, 'corpus', choice).paths).toEqual(paths)
        if (config === first) expect(datasetFiles(folder, 'corpus', { split }).paths).toEqual(paths)
      }
      const names = Object.keys(splits)
      if (config === first && names.length > 1)
        expect(() => datasetFiles(folder, 'corpus', {})).toThrow(`has the splits ${names.join(', ')}`)
    }
  },
)

test('a split, a configuration or a folder that is not there is an error with those that are', () => {
  const folder = folderOf(['train.jsonl', 'test.jsonl'])
  expect(() => datasetFiles(folder, 'c', { split: 'dev' })).toThrow(
    'the data set c has no split dev; it has train, test',
  )
  expect(() => datasetFiles(folder, 'c', { config: 'en' })).toThrow('has no configuration en')
  expect(() => datasetFiles(join(folder, 'x'), 'x', {})).toThrow('the data set x is not a folder')
  expect(() => datasetFiles(folderOf([]), 'c', {})).toThrow('has no files')
  expect(() => datasetFiles(folderOf(['state.json', 'data-00000-of-00001.arrow']), 'c', {})).toThrow('save_to_disk')
})

test('the folder of a configuration may be the data set itself', () => {
  for (const folder of ['.', './', '/'])
    expect(configsIn(`---\nconfigs:\n- config_name: a\n  data_dir: ${folder}\n---\n`)).toMatchObject([{ folder: '' }])
})

test('metadata that is not the YAML of configurations names its line', () => {
  const card = (lines: string) => () => configsIn(`---\nconfigs:\n${lines}\n---\n`)
  expect(card('- config_name: &a b')).toThrow('line 3 of its metadata cannot be read')
  expect(card('- config_name: a\n  data_files: [a')).toThrow('line 4')
  expect(card('- config_name: a\n  data_files:\n  - {split: train}')).toThrow('neither a path')
  expect(card('- data_files: a')).toThrow('no `config_name`')
  expect(card('- config_name: "a')).toThrow('line 3')
  expect(card(`${'- '.repeat(500)}a`)).toThrow('cannot be read')
  expect(configsIn('---\nconfigs:\n---\n')).toEqual([])
  expect(configsIn('# configs:\n')).toEqual([])
})

async function read(pattern: Omit<FilePattern, 'base'>, folder: string) {
  const cache = new StatCache(join(folder, '.store'))
  const { files, warnings } = await inputFiles({ files: { paths: { base: '.', ...pattern } } }, folder, cache)
  return { names: files.paths!.map(({ name }) => name), warnings }
}

test('a list names paths and patterns relative to its folder, and may be packed', async () => {
  const folder = folderOf(['lists/a.txt', 'lists/sub/b.txt', 'lists/sub/c.txt', 'other/d (1).txt'])
  const lines = '\ufeff# the corpus\r\na.txt\r\n\r\n  sub/*.txt  \n../other/d (1).txt\n./a.txt'
  writeFileSync(join(folder, 'lists/files.txt'), lines)
  writeFileSync(join(folder, 'lists/files.gz'), gzipSync(lines))
  const names = ['lists/a.txt', 'lists/sub/b.txt', 'lists/sub/c.txt', 'other/d (1).txt']
  const warnings = ['paths: 1 of the listed paths are listed before, and are read once']
  for (const list of ['lists/files.txt', 'lists/files.gz'])
    expect(await read({ patterns: [list], through: { type: 'list' } }, folder)).toEqual({ names, warnings })
  writeFileSync(join(folder, 'under.txt'), 'b.txt\nc.txt')
  const under = { patterns: ['under.txt'], through: { type: 'list', under: 'lists/sub' } } as const
  expect((await read(under, folder)).names).toEqual(['lists/sub/b.txt', 'lists/sub/c.txt'])
})

test('what a list names and is not there is an error with its line, and so is a list that is not text', async () => {
  const folder = folderOf(['a.txt'])
  writeFileSync(join(folder, 'l.txt'), 'a.txt\n\nb.txt\nc*.txt\n')
  const of = (list: string) => read({ patterns: [list], through: { type: 'list' } }, folder)
  await expect(of('l.txt')).rejects.toThrow(/l\.txt:3: there is no file "b\.txt".*, nor 1 more/)
  await expect(of('none.txt')).rejects.toThrow('there is no list "none.txt"')
  writeFileSync(join(folder, 'empty.txt'), '# nothing\n')
  await expect(of('empty.txt')).rejects.toThrow('lists no file')
  writeFileSync(join(folder, 'binary.txt'), Buffer.from([0x61, 0xff]))
  await expect(of('binary.txt')).rejects.toThrow('the list binary.txt cannot be read')
  writeFileSync(join(folder, 'cut.gz'), gzipSync('a.txt\n').subarray(0, 15))
  await expect(of('cut.gz')).rejects.toThrow('the list cut.gz cannot be read')
})
