/** The configuration of Neovim in a real Neovim: colors by the grammar, and the language server. */

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'

const neovim = process.env.LLMPIPE_NEOVIM ?? ''

const program = `use std.models { llama }

/// What people wrote.
data prose = read("*.txt")
tokenizer bpe = train_bpe(prose,   vocab: 512)
model gpt = llama(vocab: bpe.size, dim: 64, layers: 2, heads: 2, context: 32)
stage base = pretrain(gpt, on: prose |> encode(bpe)) {
  steps: 20
  optimiser: adamw(lr: 1e-3)
}
`

interface Session {
  readonly failed?: string
  readonly filetype: string
  readonly commentstring: string
  readonly parsed: boolean
  readonly fold: number
  readonly colors: Readonly<Record<string, readonly string[]>>
  readonly diagnostics: readonly { readonly code: string; readonly line: number; readonly message: string }[]
  readonly actions: readonly string[]
  readonly fixed: readonly string[]
  readonly completion: readonly string[]
  readonly hover: string
  readonly formatted: readonly string[]
  readonly lenses: readonly string[]
}

describe.skipIf(neovim === '')('in Neovim', () => {
  let session: Session

  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'neovim-'))
    const [home, bin, editors] = ['home', 'bin', 'editors'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    for (const each of [home, bin]) mkdirSync(each)
    cpSync('editors', editors, { recursive: true })
    writeFileSync(join(bin, 'llmpipe'), `#!/bin/sh\nexec "${process.execPath}" "${resolve('dist/llmpipe.js')}" "$@"\n`)
    chmodSync(join(bin, 'llmpipe'), 0o755)
    writeFileSync(join(folder, 'a.txt'), 'Some prose.\n')
    writeFileSync(join(folder, 'program.llmpipe'), program)
    const result = join(folder, 'result.json')
    const env = {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_DATA_HOME: home,
      XDG_STATE_HOME: home,
      PATH: `${bin}:${process.env.PATH}`,
      EDITORS: editors,
      RESULT: result,
    }
    execFileSync(neovim, ['-l', join(editors, 'neovim/build.lua')], { env, stdio: 'pipe' })
    const script = resolve('test/in-editors/neovim.lua')
    execFileSync(neovim, ['--headless', '-u', script, 'program.llmpipe'], { env, cwd: folder, stdio: 'pipe' })
    session = JSON.parse(readFileSync(result, 'utf8'))
  })

  test('the session reaches its end', () => expect(session.failed).toBeUndefined())

  test('programs have their file type, comments and folds', () => {
    expect(session).toMatchObject({ filetype: 'llmpipe', commentstring: '// %s', parsed: true, fold: 1 })
  })

  test('the grammar colors programs', () => {
    expect(session.colors).toMatchObject({
      stage: ['keyword'],
      call: ['function.call'],
      argument: ['variable.parameter'],
      number: ['number'],
      text: ['string'],
      doc: ['comment.documentation'],
    })
  })

  test('the server shows errors, and mends a misspelled setting', () => {
    expect(session.diagnostics).toMatchObject([{ code: 'E0301', line: 8 }])
    expect(session.actions).toEqual(['Write `optimizer`'])
    expect(session.fixed).toContain('  optimizer: adamw(lr: 1e-3)')
  })

  test('the server completes settings, explains kinds, formats, and has lenses', () => {
    expect(session.completion).toEqual(expect.arrayContaining(['batch', 'schedule', 'seed']))
    expect(session.hover).toContain('# pretrain')
    expect(session.formatted).toContain('tokenizer bpe = train_bpe(prose, vocab: 512)')
    expect(session.lenses).toEqual(expect.arrayContaining(['Run all', 'Run', 'Why', 'Show']))
  })
})
