/** The generated tree-sitter parser is that of the grammar. */

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const tools = process.env.LLMPIPE_TREE_SITTER ?? ''

test.skipIf(tools === '')('the parser in C and as WebAssembly is what grammar.js generates', () => {
  const run = () => execFileSync(process.execPath, ['scripts/tree-sitter.mjs', '--check'], { stdio: 'pipe' })
  expect(run).not.toThrow()
})

test.skipIf(tools === '')('the parser in C reads every example without errors', () => {
  const files = ['pipelines', 'stdlib'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.llmpipe'))
      .map((name) => resolve(folder, name)),
  )
  const output = execFileSync(join(tools, 'bin/tree-sitter'), ['parse', '--quiet', '--stat', ...files], {
    cwd: 'editors/tree-sitter-llmpipe',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  expect(output).toContain(`successful parses: ${files.length}; failed parses: 0`)
})
