/** The features of the language server on the example programs and on small ones. */

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompletionItem, Diagnostic, Hover, Location, SignatureHelp } from 'vscode-languageserver'
import { semanticTokensLegend } from '../../src/lsp/features/semantic-tokens.ts'
import { uriOf } from '../../src/lsp/uris.ts'
import { type Client, project, startClient } from './client.ts'

const folder = mkdtempSync(join(tmpdir(), 'lsp-'))
let client: Client
beforeAll(async () => {
  client = await startClient({ roots: [folder] })
})
afterAll(() => client.connection.dispose())

let count = 0
/** Opens a text as a new file of the project. */
async function opened(
  text: string,
  name = `program-${count++}.llmpipe`,
): Promise<{ uri: string; shown: Diagnostic[] }> {
  const uri = uriOf(join(folder, name))
  return { uri, shown: await client.open(uri, text) }
}

const labels = (items: readonly CompletionItem[]) => items.map(({ label }) => label)

const small = `use std.clean { tidy }
use std.models { llama }

/// What people wrote.
data prose = read("*.txt") |> tidy() |> keep(where: words >= 8)
data train, held_out = prose |> split(90%, 10%)
tokenizer bpe = train_bpe(train, vocab: 512)
model gpt = llama(vocab: bpe.size, dim: 64, layers: 2, heads: 2, context: 32)
stage base = pretrain(gpt, on: train |> encode(bpe), validate: held_out |> encode(bpe)) {
  steps: 10
  optimizer: adamw(lr: 1e-3)
}
expect base.valid_loss < 9
`

describe('diagnostics', () => {
  test('the examples have none', async () => {
    for (const name of ['assistant', 'pretrain', 'sweep', 'shakespeare', 'mixture']) {
      const uri = uriOf(resolve(`pipelines/${name}.llmpipe`))
      expect(await client.open(uri, readFileSync(`pipelines/${name}.llmpipe`, 'utf8'))).toEqual([])
      client.close(uri)
    }
  })

  test('follow what is typed, with code, page, help and related places', async () => {
    const { uri, shown } = await opened(small.replace('steps: 10', 'stops: 10'))
    expect(shown).toMatchObject([{ code: 'E0301', severity: 1, source: 'llmpipe' }])
    expect(shown[0]?.message).toContain('Did you mean `steps`?')
    expect(shown[0]?.codeDescription?.href).toMatch(/errors\.md#e0301$/)
    expect(client.text(uri, shown[0]!.range)).toBe('stops')
    const at = client.document(uri).getText().indexOf('stops')
    expect(await client.edit(uri, at, at + 5, 'steps')).toEqual([])
  })

  test('an error inside a standard module is shown at the call of the user', async () => {
    const { uri, shown } = await opened(small.replace('heads: 2', 'heads: 3'))
    expect(shown).toHaveLength(1)
    expect(shown[0]!.range.start.line).toBe(7)
    expect(client.text(uri, shown[0]!.range)).not.toBe('')
  })

  test('an import sees the text of an open document that was never saved', async () => {
    const { uri: shared } = await opened('let size = 512\n', 'unsaved.llmpipe')
    const text = `use "./unsaved.llmpipe" { size }\ndata a = read("a.txt") |> sample(size)\n`
    const { uri, shown } = await opened(text)
    expect(shown).toEqual([])
    await client.change(shared, 'let sizes = 512\n')
    await expect.poll(() => client.shown.get(uri)?.diagnostics.map(({ code }) => code)).toEqual(['E0602'])
    await client.change(shared, 'let size = 512\n')
    await expect.poll(() => client.shown.get(uri)?.diagnostics).toEqual([])
  })

  test('a closed document keeps no diagnostics', async () => {
    const { uri } = await opened('data a = \n')
    expect(client.shown.get(uri)?.diagnostics).toHaveLength(1)
    client.close(uri)
    await expect.poll(() => client.shown.get(uri)?.diagnostics).toEqual([])
  })

  test('what is never used is marked as unnecessary', async () => {
    const { shown } = await opened('let unused = 3\n')
    expect(shown).toMatchObject([{ code: 'W0212', severity: 2, tags: [1] }])
  })
})

describe('hover', () => {
  const hover = async (uri: string, around: string) => {
    const found = await client.at<Hover | null>('textDocument/hover', uri, around)
    return (found?.contents as { value: string } | undefined)?.value ?? ''
  }

  test('shows the type of a name, its documentation and its value', async () => {
    const { uri } = await opened(
      `${small}let rate = 20%\ndata part = prose |> sample(100)\nexpect part.documents > 100 * rate\n`,
    )
    expect(await hover(uri, 'data pro|se')).toContain('What people wrote.')
    expect(await hover(uri, 'data pro|se')).toContain('Documents (Docs)')
    expect(await hover(uri, '100 * ra|te')).toContain('Value: `0.2`')
  })

  test('shows the parameters of a model', async () => {
    const { uri } = await opened(small)
    expect(await hover(uri, 'model gp|t')).toMatch(/[\d,]+ parameters, context 32/)
  })

  test('shows the reference of a stage kind, of a setting, of a choice and of a metric', async () => {
    const { uri } = await opened(`${small}data once = prose |> dedup(exact)\n`)
    expect(await hover(uri, '= pretr|ain(')).toContain('# pretrain')
    expect(await hover(uri, 'st|eps: 10')).toContain('The number of steps of the optimizer')
    expect(await hover(uri, 'dedup(ex|act)')).toContain('(choice) exact')
    expect(await hover(uri, 'where: wor|ds')).toContain('(metric) words')
    expect(await hover(uri, 'ad|amw(')).toContain('adamw')
  })

  test('shows the types of parameters, and what a type takes', async () => {
    const { uri } = await opened(
      `let share(n: count, part: fraction = 10%) = n * part\n${small}expect base.valid_loss < share(9)\n`,
    )
    expect(await hover(uri, 'share(n: co|unt')).toContain('whole number above 0')
    expect(await hover(uri, 'sha|re(9)')).toContain('function share(n: count, part: fraction = 10%)')
    expect(await hover(uri, '= n * pa|rt')).toContain('(parameter) part: fraction = 10%')
    expect(await hover(uri, 'lay|ers: 2')).toContain('(parameter) layers: count')
  })

  test('shows an imported operation with its documentation', async () => {
    const { uri } = await opened(small)
    expect(await hover(uri, '|> ti|dy()')).toContain('op tidy(docs)')
    expect(await hover(uri, '|> ti|dy()')).toContain('Text as one would type it')
    expect(await hover(uri, 'use std.cl|ean')).toContain('gopher_quality')
  })

  test('explains an error', async () => {
    const { uri } = await opened('data a = read("a.txt") |> kep(where: words > 3)\n')
    expect(await hover(uri, '|> k|ep(')).toContain('**E0202**')
  })
})

describe('completion', () => {
  const complete = (uri: string, around: string) => client.at<CompletionItem[]>('textDocument/completion', uri, around)

  test('knows functions, the members of models, declarations in an `if`, and what a group inherits', async () => {
    const { uri } = await opened(`let half(n, part = 2) = n / part
${small}let opt = adamw(lr: 1e-3)
let size = gpt.dim
if size > 3 {
  let few = half(size)
}
stage other = pretrain(gpt, on: train |> encode(bpe), steps: 3, optimizer: adamw(opt, eps: 1e-8))
`)
    expect(labels(await complete(uri, 'gpt.|dim'))).toEqual(expect.arrayContaining(['parameters', 'dim', 'layers']))
    const values = labels(await complete(uri, 'few = |half'))
    expect(values).toEqual(expect.arrayContaining(['half', 'min', 'round', 'size']))
    expect(labels(await complete(uri, '  |let few'))).toEqual(expect.arrayContaining(['stage', 'if', 'export']))
    expect(labels(await complete(uri, 'adamw(opt, |eps'))).toEqual(expect.arrayContaining(['lr', 'betas']))
    const help = await client.at<SignatureHelp>('textDocument/signatureHelp', uri, 'half(|size)')
    expect(help.signatures[0]?.label).toBe('half(n, part = 2)')
    const [found] = await client.at<Location[]>('textDocument/definition', uri, 'ha|lf(size)')
    expect(client.text(uri, found!.range)).toBe('half')
  })

  test('offers the settings of a call with their docs, required ones first, without those that are given', async () => {
    const { uri } = await opened(small.replace('  steps: 10\n', '  st\n'))
    const items = await complete(uri, '  st|\n')
    expect(labels(items)).toContain('steps')
    expect(labels(items)).not.toContain('optimizer')
    expect(items.find(({ label }) => label === 'steps')).toMatchObject({
      documentation: { value: expect.stringContaining('The number of steps of the optimizer.') },
      textEdit: { newText: 'steps: ' },
    })
    const { uri: other } = await opened(`${small}tokenizer t = train_bpe(prose, )\n`)
    const [first] = await complete(other, 'train_bpe(prose, |)')
    expect(first).toMatchObject({ label: 'vocab', labelDetails: { description: 'required' } })
  })

  test('offers the choices and the groups of a setting', async () => {
    const { uri } = await opened(
      `${small}data once = prose |> dedup(method: )\nstage b = sft(base, on: prose) {\n  schedule: \n}\n`,
    )
    expect(labels(await complete(uri, 'method: |)')).slice(0, 2)).toEqual(['exact', 'minhash'])
    expect(labels(await complete(uri, 'schedule: |\n'))).toContain('cosine')
    const { uri: layouts } = await opened('tokenizer t = bytes()\nexport t to "out" as \n')
    expect(labels(await complete(layouts, 'as |\n'))).toEqual(
      expect.arrayContaining(['files', 'hf', 'hf_float32', 'gguf', 'peft', 'parquet', 'jsonl_gz']),
    )
  })

  test('offers the settings inside a group', async () => {
    const { uri } = await opened(small.replace('adamw(lr: 1e-3)', 'adamw()'))
    expect(labels(await complete(uri, 'adamw(|)'))).toEqual(expect.arrayContaining(['lr', 'betas', 'weight_decay']))
  })

  test('offers metrics in a condition, and the metrics of a stage in expect', async () => {
    const { uri } = await opened(small)
    expect(labels(await complete(uri, 'where: wo|rds'))).toContain('alpha_ratio')
    await client.change(uri, `${small}expect base.\n`)
    const items = await complete(uri, 'expect base.|\n')
    expect(labels(items)).toContain('valid_loss')
    expect(labels(items)).toContain('perplexity')
  })

  test('offers bindings, and those that fit an input first', async () => {
    const { uri } = await opened(`${small}data some = sample()\n`)
    const items = await complete(uri, 'data some = sample(|)')
    const ranked = [...items].sort((a, b) => (a.sortText! < b.sortText! ? -1 : 1))
    expect(ranked.findIndex(({ label }) => label === 'prose')).toBeLessThan(
      ranked.findIndex(({ label }) => label === 'gpt'),
    )
  })

  test('offers kinds, operations and names of standard modules behind a pipe, and imports the last', async () => {
    const { uri } = await opened(`${small}data more = prose |> \n`)
    const items = await complete(uri, 'data more = prose |> |\n')
    expect(labels(items)).toEqual(expect.arrayContaining(['tidy', 'keep', 'dedup', 'gopher_quality']))
    const { additionalTextEdits } = items.find(({ label }) => label === 'gopher_quality')!
    expect(client.edited(uri, additionalTextEdits!)).toContain('use std.clean { tidy, gopher_quality }\n')
  })

  test('offers modules and their names in an import', async () => {
    const { uri } = await opened('use \nuse std.clean {  }\n')
    expect(labels(await complete(uri, 'use |\n'))).toContain('std.models')
    expect(labels(await complete(uri, 'use std.clean { | }'))).toContain('fineweb')
  })

  test('offers files and folders in a path', async () => {
    project(folder, { 'texts/one.txt': '', 'texts/two.txt': '', 'shared.llmpipe': '' })
    const { uri } = await opened('data a = read("te")\ndata b = read("texts/o")\nuse "./sha" { }\n')
    expect(labels(await complete(uri, 'read("te|")'))).toContain('texts/')
    const [one] = await complete(uri, 'read("texts/o|")')
    expect(client.edited(uri, [one!.textEdit as never])).toContain('read("texts/one.txt")')
    expect(labels(await complete(uri, 'use "./sha|"'))).toEqual(
      ['shared.llmpipe'].concat(labels(await complete(uri, 'use "./sha|"')).slice(1)),
    )
  })

  test('offers the parts of architectures and the bindings of a body', async () => {
    const text = 'block mlp(x: [batch, time, dim], hidden) {\n  up = linear(x, hidden)\n  \n}\n'
    const { uri } = await opened(text)
    const items = labels(await complete(uri, 'hidden)\n  |\n'))
    expect(items).toEqual(expect.arrayContaining(['x', 'hidden', 'up', 'linear', 'rms_norm', 'silu']))
    expect(items).not.toContain('pretrain')
  })

  test('offers declarations at the margin, and no names for a new binding', async () => {
    const { uri } = await opened(`${small}\n\ndata \n`)
    expect(labels(await complete(uri, '9\n|\n'))).toEqual(expect.arrayContaining(['stage', 'data', 'expect']))
    expect(await complete(uri, '\ndata |\n')).toEqual([])
    expect(await complete(uri, '/// What |people')).toEqual([])
  })

  test('offers types behind the name of a parameter, and the choices of a parameter that has some', async () => {
    const text =
      'let pick(size: "small" or "large" = "small", loud: boolean = false) = size\nblock part(x: ) {\n  x\n}\nlet few(n: ) = n\nlet a = pick(size: )\nlet b = pick(s, loud: )\n'
    const { uri } = await opened(text)
    expect(labels(await complete(uri, 'part(x: |)'))).toEqual(expect.arrayContaining(['count', 'number', 'tensor']))
    const ofFunction = labels(await complete(uri, 'few(n: |)'))
    expect(ofFunction).toEqual(expect.arrayContaining(['count', 'fraction', 'text']))
    expect(ofFunction).not.toContain('tensor')
    expect(
      labels(await complete(uri, 'pick(size: |)'))
        .slice(0, 2)
        .sort(),
    ).toEqual(['large', 'small'])
    expect(labels(await complete(uri, 'pick(s|, loud'))).toEqual(expect.arrayContaining(['size', 'large', 'small']))
    expect(
      labels(await complete(uri, 'loud: |)'))
        .slice(0, 2)
        .sort(),
    ).toEqual(['false', 'true'])
  })

  test('does not write a colon twice', async () => {
    const { uri } = await opened(small)
    const items = await complete(uri, '  ste|ps: 10')
    expect(items.find(({ label }) => label === 'steps')?.textEdit).toMatchObject({ newText: 'steps' })
  })
})

test('types and choices have colors of their own', async () => {
  const text = 'block part(x: tensor, size: count) {\n  x\n}\nlet pick(way: "up" or "down") = way\nlet a = pick(up)\n'
  const { uri } = await opened(text)
  const { data } = await client.request<{ data: number[] }>('textDocument/semanticTokens/full', {
    textDocument: { uri },
  })
  const { tokenTypes } = semanticTokensLegend
  const colored: string[] = []
  let [line, column] = [0, 0]
  for (let i = 0; i < data.length; i += 5) {
    line += data[i]!
    column = data[i] === 0 ? column + data[i + 1]! : data[i + 1]!
    colored.push(`${text.split('\n')[line]!.slice(column, column + data[i + 2]!)} ${tokenTypes[data[i + 3]!]}`)
  }
  expect(colored).toEqual(expect.arrayContaining(['tensor type', 'count type', 'size parameter', 'up enumMember']))
})

describe('signature help', () => {
  test('shows the parameters of the call, and marks the one being typed', async () => {
    const { uri } = await opened(`${small}data once = prose |> dedup(minhash, threshold: 0.5)\n`)
    const help = await client.at<SignatureHelp>('textDocument/signatureHelp', uri, 'threshold: 0|.5')
    const [signature] = help.signatures
    expect(signature?.label).toMatch(/^dedup\(method: one of exact, minhash/)
    expect(signature?.parameters?.[help.activeParameter!]?.label).toMatch(/^threshold: /)
    const first = await client.at<SignatureHelp>('textDocument/signatureHelp', uri, 'dedup(min|hash')
    expect(first.signatures[0]?.parameters?.[first.activeParameter!]?.label).toMatch(/^method: /)
  })

  test('shows the parameters of an operation of the program and of a group', async () => {
    const { uri } = await opened(`op some(docs, share = 10%) = docs |> sample(share)\n${small}`)
    await client.change(uri, `${client.document(uri).getText()}data p = prose |> some()\n`)
    const help = await client.at<SignatureHelp>('textDocument/signatureHelp', uri, '|> some(|)')
    expect(help.signatures[0]?.label).toBe('some(share = 10%)')
    const group = await client.at<SignatureHelp>('textDocument/signatureHelp', uri, 'adamw(lr: |1e-3')
    expect(group.signatures[0]?.label).toMatch(/^adamw\(/)
  })
})

describe('going to names', () => {
  test('definitions are found in the file, in other files and in standard modules', async () => {
    const { uri } = await opened(small)
    const [prose] = await client.at<Location[]>('textDocument/definition', uri, '= pro|se |> split')
    expect(client.text(uri, prose!.range)).toBe('prose')
    const [tidy] = await client.at<Location[]>('textDocument/definition', uri, '|> ti|dy()')
    expect(tidy!.uri).toBe(uriOf(resolve('stdlib/clean.llmpipe')))
    expect(tidy!.range.start.line).toBeGreaterThan(0)
  })

  test('references and highlights are those of the name, not of the word', async () => {
    const { uri } = await opened(`${small}// train\ndata other = read("train") |> split(train: 3)\n`)
    const found = await client.at<Location[]>('textDocument/references', uri, 'data tra|in', {
      context: { includeDeclaration: true },
    })
    expect(found.filter((each) => each.uri === uri)).toHaveLength(3)
    expect(await client.at('textDocument/documentHighlight', uri, 'data tra|in')).toHaveLength(3)
  })
})

describe('mixtures and records', () => {
  const complete = (uri: string, around: string) => client.at<CompletionItem[]>('textDocument/completion', uri, around)

  test('each source of a mixture has the tokens that it gives', async () => {
    const text = small
      .replace('on: train |> encode(bpe)', 'on: [mix(a: 75%, b: 25%), mix(b: 100%, from: 50%)]')
      .replace('stage base', 'data a = train |> encode(bpe)\ndata b = prose |> encode(bpe)\nstage base')
    const { uri } = await opened(text)
    const hints = (await client.connection.sendRequest('textDocument/inlayHint', {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } },
    })) as { readonly label: string }[]
    // 10 steps of 16 windows of 32 tokens: 2,560 in each half.
    expect(hints.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['1.92k tokens', '640 tokens', '2.56k tokens', ': 5.12k tokens']),
    )
  })

  test('the fields of records are offered where a text names them', async () => {
    writeFileSync(join(folder, 'menus-1.jsonl'), '{"question": "Which?", "answer": "This.", "n": 1}\n')
    writeFileSync(join(folder, 'menus.csv'), 'title,body\n"a","b"\n')
    const named = 'data menus = read("menus-*.jsonl")\ndata kept = menus |> keep(where: words > 1)\n'
    const { uri } = await opened(`${named}data pairs = kept |> pair(prompt: "{qu", response: "{answer}")\n`)
    expect(labels(await complete(uri, '"{qu|'))).toEqual(['question', 'answer', 'n'])
    const { uri: csv } = await opened('data page = read("menus.csv", field: "bo")\n')
    expect(labels(await complete(csv, '"bo|'))).toEqual(['title', 'body'])
    const { uri: none } = await opened('data page = read("none.jsonl", field: "bo")\n')
    expect(await complete(none, '"bo|')).toEqual([])
  })

  test('a module of a package is where its import leads', async () => {
    mkdirSync(join(folder, 'node_modules/recipes'), { recursive: true })
    writeFileSync(join(folder, 'node_modules/recipes/package.json'), '{ "name": "recipes", "version": "1.0.0" }')
    writeFileSync(
      join(folder, 'node_modules/recipes/clean.llmpipe'),
      '/// Long ones stay.\nfilter wordy() { words >= 2 }\n',
    )
    const integrity = { packages: { 'node_modules/recipes': { version: '1.0.0', integrity: 'sha512-x' } } }
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(integrity))
    const text = 'use "npm:recipes/clean" { wordy }\ndata k = read("a.txt") |> wordy()\n'
    const { uri } = await opened(text)
    const places = (await client.connection.sendRequest('textDocument/definition', {
      textDocument: { uri },
      position: { line: 1, character: text.split('\n')[1]!.indexOf('wordy') + 1 },
    })) as Location[]
    expect(places).toMatchObject([
      { uri: uriOf(join(folder, 'node_modules/recipes/clean.llmpipe')), range: { start: { line: 1 } } },
    ])
  })
})
