/** The grammar for editors: its colors for each construct, and its agreement with the lexer. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createOnigScanner, createOnigString, loadWASM } from 'vscode-oniguruma'
import textmate from 'vscode-textmate'
import { tokenize } from '../../grammar/parse.ts'
import { isKeyword } from '../../grammar/tokens.ts'
import { expectGolden } from '../golden-text.ts'

let grammar: textmate.IGrammar

beforeAll(async () => {
  const folder = dirname(createRequire(import.meta.url).resolve('vscode-oniguruma'))
  await loadWASM(readFileSync(join(folder, 'onig.wasm')))
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: async () =>
      textmate.parseRawGrammar(readFileSync('grammar/llmpipe.tmLanguage.json', 'utf8'), 'llmpipe.tmLanguage.json'),
  })
  grammar = (await registry.loadGrammar('source.llmpipe'))!
})

interface Colored {
  readonly start: number
  readonly end: number
  readonly scopes: readonly string[]
}

/** The pieces of a text with their scopes, innermost last. */
function colored(text: string): Colored[] {
  let state = textmate.INITIAL
  let offset = 0
  return text.split('\n').flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state)
    const at = offset
    state = ruleStack
    offset += line.length + 1
    return tokens.map(({ startIndex, endIndex, scopes }) => ({
      start: at + startIndex,
      end: at + Math.min(endIndex, line.length),
      scopes: scopes.slice(1).map((scope) => scope.replace(/\.llmpipe$/, '')),
    }))
  })
}

const programs = ['assistant', 'pretrain', 'sweep', 'shakespeare', 'mixture'].map((name) => `pipelines/${name}.llmpipe`)
const modules = ['clean', 'chat', 'models'].map((name) => `stdlib/${name}.llmpipe`)
const constructs = 'test/grammar/highlighting/constructs.llmpipe'

test('every construct has its colors', () => {
  const text = readFileSync(constructs, 'utf8')
  const pieces = colored(text)
  const lines = text.split('\n').map((line, index, all) => {
    const start = all.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0)
    const shown = pieces
      .filter(
        (each) =>
          each.start >= start && each.end <= start + line.length && each.scopes.length > 0 && each.end > each.start,
      )
      .map((each) => `    ${text.slice(each.start, each.end).trim().padEnd(24)} ${each.scopes.join(' ')}`)
    return [line, ...shown].join('\n')
  })
  expectGolden('test/grammar/highlighting/constructs.txt', `${lines.join('\n').trimEnd()}\n`)
})

test.each([...programs, ...modules, constructs])('colors of %s agree with the tokens of the lexer', (file) => {
  const text = readFileSync(file, 'utf8')
  const pieces = colored(text)
  const scopesAt = (offset: number) => pieces.find(({ start, end }) => start <= offset && offset < end)?.scopes ?? []
  const { tokens, comments } = tokenize(file, text, 0)
  const wrong: string[] = []
  const check = (offset: number, image: string, wanted: RegExp) => {
    const scopes = scopesAt(offset)
    if (!scopes.some((scope) => wanted.test(scope)))
      wrong.push(`${image} at ${offset} is ${scopes.join(' ') || 'plain'}, not ${wanted}`)
  }
  for (const { span, text: image } of comments) check(span.start, image, /^comment/)
  for (const [index, { image, startOffset, tokenType }] of tokens.entries()) {
    const [before, behind] = [tokens[index - 1]?.image, tokens[index + 1]?.image]
    if (tokenType.name === 'Number') check(startOffset, image, /^constant\.numeric/)
    else if (tokenType.name === 'Text' || tokenType.name === 'RawText') check(startOffset, image, /^string/)
    else if (isKeyword(image) && behind !== ':' && before !== '.')
      check(startOffset, image, /^(?:keyword|storage|constant\.language)/)
    else if (
      tokenType.name === 'Identifier' &&
      scopesAt(startOffset).some((scope) => /^(?:keyword|storage|comment|string)/.test(scope))
    )
      wrong.push(`the name ${image} at ${startOffset} is ${scopesAt(startOffset).join(' ')}`)
  }
  expect(wrong).toEqual([])
})
