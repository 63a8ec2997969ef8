/** The lock files of pnpm and Yarn, which these tools have written: locks/ has one of each format. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { locks } from '../../src/language/1-resolve/package-locks.ts'

const formats = [
  ['pnpm-lock.yaml', 'pnpm-9.yaml'],
  ['pnpm-lock.yaml', 'pnpm-6.yaml'],
  ['yarn.lock', 'yarn-4.lock'],
  ['yarn.lock', 'yarn-1.lock'],
] as const

describe.each(formats)('%s, as in %s', (name, file) => {
  const text = readFileSync(`test/language/locks/${file}`, 'utf8')
  const misfit = (of: string, version: string, changed = text) =>
    locks
      .find((lock) => lock.file === name)!
      .misfit(changed, { name: of, version, folder: `/p/node_modules/${of}` }, '/p')

  test('has the packages that are installed as it says, with and without a scope', () => {
    expect(misfit('@acme/recipes', '1.2.0')).toBeUndefined()
    expect(misfit('base-recipes', '2.1.0')).toBeUndefined()
  })

  test('refuses another version, and names both', () => {
    expect(misfit('@acme/recipes', '1.3.0')).toBe(`${name} has version 1.2.0, and 1.3.0 is installed`)
  })

  test('does not have other packages, also not those whose names begin or end alike', () => {
    for (const other of ['recipes', '@acme/recipe', 'base', 'acme/recipes'])
      expect(misfit(other, '1.2.0'), other).toBe(`${name} does not have it`)
  })

  test('has to have a digest', () => {
    const without = text
      .replaceAll(/integrity: [^,}]+/g, '')
      .replaceAll(/^ +(?:checksum: |integrity ).*\n/gm, '')
      .replaceAll(/#[0-9a-f]{40}/g, '')
    expect(misfit('base-recipes', '2.1.0', without)).toBe(`${name} has no integrity for it`)
  })

  test('has the same entries with the line ends of Windows', () => {
    expect(misfit('@acme/recipes', '1.2.0', text.replaceAll('\n', '\r\n'))).toBeUndefined()
  })
})

test('links to folders have no version and no digest', () => {
  const pnpm = locks.find(({ file }) => file === 'pnpm-lock.yaml')!
  const yarn = locks.find(({ file }) => file === 'yarn.lock')!
  const linked = { name: 'linked', version: '0.1.0', folder: '/p/node_modules/linked' }
  expect(pnpm.misfit(readFileSync('test/language/locks/pnpm-6.yaml', 'utf8'), linked, '/p')).toBeUndefined()
  const workspace =
    'importers:\n\n  .:\n    dependencies:\n      linked:\n        specifier: workspace:*\n        version: link:linked\n'
  expect(pnpm.misfit(workspace, linked, '/p')).toBeUndefined()
  const berry =
    '"linked@workspace:packages/linked":\n  version: 0.0.0-use.local\n  languageName: unknown\n  linkType: soft\n'
  expect(yarn.misfit(berry, linked, '/p')).toBeUndefined()
  expect(yarn.misfit('"linked@link:../linked":\n  version "0.0.0"\n  uid ""\n', linked, '/p')).toBeUndefined()
})
