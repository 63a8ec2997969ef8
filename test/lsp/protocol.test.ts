/** The language server as clients meet it: odd requests and URIs, texts of all kinds, and the end of either side. */

import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  CancellationTokenSource,
  type CompletionItem,
  type Hover,
  type Location,
  type WorkspaceEdit,
} from 'vscode-languageserver/node'
import { pathOf, uriOf, withSlashes } from '../../src/lsp/uris.ts'
import { type Client, type ClientOptions, project, startClient, startProcess } from './client.ts'

const clients: Client[] = []
async function started(options: ClientOptions = {}): Promise<Client> {
  const client = await startClient(options)
  clients.push(client)
  return client
}
afterEach(() => {
  for (const client of clients.splice(0)) client.connection.dispose()
})

const folder = () => mkdtempSync(join(tmpdir(), 'lsp-protocol-'))
const codes = (shown: readonly { readonly code?: unknown }[]) => shown.map(({ code }) => code)

describe('URIs', () => {
  test('of Windows, with encoded characters, of other machines and never saved ones become paths', () => {
    expect(pathOf('file:///c%3A/Users/Ada/my%20model.llmpipe')).toBe('c:/Users/Ada/my model.llmpipe')
    expect(pathOf('file:///C:/a.llmpipe')).toBe('c:/a.llmpipe')
    expect(pathOf('file:///home/%C3%A4/%E6%95%B0.llmpipe')).toBe('/home/ä/数.llmpipe')
    expect(pathOf('file://server/share/a.llmpipe')).toBe('//server/share/a.llmpipe')
    expect(pathOf('file:///a%23b.llmpipe#L3')).toBe('/a#b.llmpipe')
    expect(pathOf('untitled:Untitled-1', '/work')).toBe('/work/untitled:Untitled-1')
    for (const uri of ['', 'nonsense', 'file://', 'file:///%E0%A4%A.llmpipe', 'git:/a.llmpipe?ref', 'https://a.b/c'])
      expect(pathOf(uri)).toBeUndefined()
  })

  test('of paths are read back as the same path', () => {
    for (const path of ['/a b/ä#?%.llmpipe', 'c:/Users/x (1)/a.llmpipe', '//server/share/数.llmpipe'])
      expect(pathOf(uriOf(path))).toBe(path)
    expect(withSlashes('C:\\work\\a.llmpipe')).toBe('c:/work/a.llmpipe')
  })

  test('that cannot be understood get empty answers', async () => {
    const client = await started()
    const position = { line: 3, character: 9 }
    for (const uri of ['nonsense', 'git:/a.llmpipe?x', 'file:///%E0%A4%A', 'file:///no/such.llmpipe']) {
      expect(await client.request('textDocument/hover', { textDocument: { uri }, position })).toBeNull()
      expect(await client.request('textDocument/completion', { textDocument: { uri }, position })).toEqual([])
      expect(await client.request('textDocument/documentSymbol', { textDocument: { uri } })).toEqual([])
      expect(await client.request('textDocument/semanticTokens/full', { textDocument: { uri } })).toEqual({ data: [] })
    }
  })

  test('and positions that are missing get an error that names them', async () => {
    const client = await started()
    for (const params of [{}, { textDocument: {} }, { textDocument: { uri: 'file:///a.llmpipe' } }])
      await expect(client.request('textDocument/hover', params)).rejects.toThrow('lack textDocument.uri and position')
    await expect(client.request('textDocument/formatting', {})).rejects.toThrow('lack textDocument.uri.')
    await expect(client.request('textDocument/codeAction', {})).rejects.toThrow('lack textDocument.uri and range')
    expect(await client.request('workspace/symbol', {})).toEqual([])
  })

  test('are answered as the client wrote them', async () => {
    const client = await started()
    const uri = 'file:///C%3A/work/my%20file.llmpipe'
    expect(codes(await client.open(uri, 'let a = \n'))).toEqual(['E0108'])
    await client.change(uri, 'let rate = 3\ndata b = read("x") |> sample(rate)\n')
    const [found] = await client.at<Location[]>('textDocument/definition', uri, 'sample(ra|te)')
    expect(found?.uri).toBe(uri)
  })
})

describe('texts', () => {
  test('columns count UTF-16 units, also behind emoji and Chinese characters', async () => {
    const client = await started()
    const uri = 'untitled:Untitled-1'
    const text = 'let mood = "😀数据é" let rate = 3\nlet b = [mood, rate]\nlet c = [b, "😀{rat}"]\n'
    const shown = await client.open(uri, text)
    const wrong = shown.find(({ code }) => code === 'E0201')
    expect(client.text(uri, wrong!.range)).toBe('rat')
    const [found] = await client.at<Location[]>('textDocument/definition', uri, '[mood, ra|te]')
    expect(client.text(uri, found!.range)).toBe('rate')
    expect(found!.range.start).toEqual({ line: 0, character: text.indexOf('rate') })
  })

  test('with line ends of Windows have right places, and formatting keeps them', async () => {
    const client = await started()
    const uri = uriOf(join(folder(), 'a.llmpipe'))
    const shown = await client.open(uri, 'let a  = 3\r\nlet b = [a,   nme]\r\n')
    expect(client.text(uri, shown.find(({ code }) => code === 'E0201')!.range)).toBe('nme')
    const edits = await client.request<never[]>('textDocument/formatting', {
      textDocument: { uri },
      options: { tabSize: 2, insertSpaces: true },
    })
    expect(client.edited(uri, edits)).toBe('let a = 3\r\nlet b = [a, nme]\r\n')
  })

  test('a formatted file and a file with syntax errors are left alone', async () => {
    const client = await started()
    const uri = uriOf(join(folder(), 'a.llmpipe'))
    const ask = () => client.request('textDocument/formatting', { textDocument: { uri }, options: {} })
    await client.open(uri, 'let a = 3\n')
    expect(await ask()).toEqual([])
    await client.change(uri, 'let a   = (3\n')
    expect(await ask()).toEqual([])
  })

  test('formatting replaces only the lines that change', async () => {
    const client = await started()
    const uri = uriOf(join(folder(), 'a.llmpipe'))
    await client.open(uri, `${'// a comment\n'.repeat(20)}let a   = 3\n// end\n`)
    const edits = await client.request<{ range: { start: { line: number }; end: { line: number } } }[]>(
      'textDocument/formatting',
      { textDocument: { uri }, options: {} },
    )
    expect(edits.map(({ range }) => [range.start.line, range.end.line])).toEqual([[20, 21]])
  })

  test('positions behind the end of a line or of the file are the end', async () => {
    const client = await started()
    const uri = 'untitled:Untitled-2'
    await client.open(uri, 'let a = 3\n')
    const position = { line: 900, character: 900 }
    expect(await client.request('textDocument/hover', { textDocument: { uri }, position })).toBeNull()
    expect(
      await client.request<CompletionItem[]>('textDocument/completion', { textDocument: { uri }, position }),
    ).not.toEqual([])
  })
})

describe('files', () => {
  const shared = '/// Half.\nlet half = 50%\nop some(docs, share = 10%) = docs |> sample(share)\n'
  const user = 'use "./lib/shared.llmpipe" { half, some as part }\ndata a = read("x.txt") |> part(share: half)\n'

  test('are renamed together, also those that are not open, with the names of arguments', async () => {
    const root = project(folder(), { 'lib/shared.llmpipe': shared, 'a.llmpipe': user, 'b.llmpipe': 'let half = 3\n' })
    const client = await started({ roots: [root] })
    const uri = uriOf(join(root, 'a.llmpipe'))
    await client.open(uri, user)
    const edit = await client.at<WorkspaceEdit>('textDocument/rename', uri, '(share: ha|lf)', { newName: 'portion' })
    expect(Object.keys(edit.changes!).sort()).toEqual([uri, uriOf(join(root, 'lib/shared.llmpipe'))].sort())
    expect(client.edited(uri, edit.changes![uri]!)).toBe(user.replaceAll('half', 'portion'))
    const argument = await client.at<WorkspaceEdit>('textDocument/rename', uri, 'part(sh|are:', { newName: 'amount' })
    expect(Object.keys(argument.changes!)).toHaveLength(2)
    expect(client.edited(uri, argument.changes![uri]!)).toBe(user.replace('share:', 'amount:'))
    const alias = await client.at<WorkspaceEdit>('textDocument/rename', uri, '|> pa|rt(', { newName: 'piece' })
    expect(Object.keys(alias.changes!)).toEqual([uri])
  })

  test('refuse to rename what belongs to llmpipe, and to names that cannot be, with a reason', async () => {
    const root = folder()
    const client = await started({ roots: [root] })
    const uri = uriOf(join(root, 'a.llmpipe'))
    const text =
      'use std.clean { tidy }\nlet rate = 10%\nlet other = 3\ndata a = read("x") |> tidy() |> sample(rate)\ndata b = a |> sample(other)\n'
    await client.open(uri, text)
    const refused = (around: string, newName = 'fresh') =>
      client.at('textDocument/rename', uri, around, { newName }).then(
        () => 'renamed',
        (error: Error) => error.message,
      )
    expect(await refused('|> ti|dy()')).toContain('standard module')
    expect(await refused('= re|ad("x")')).toContain('stage kind')
    expect(await refused('let ra|te', 'stage')).toContain('a word of the language')
    expect(await refused('let ra|te', 'two words')).toContain('not a name')
    expect(await refused('let ra|te', 'other')).toContain('already')
    expect(await refused('"|x"')).toContain('no name here')
    await expect(client.at('textDocument/prepareRename', uri, '= re|ad("x")')).rejects.toThrow('stage kind')
  })

  test('that are deleted while open stay as they are in the editor, and are gone when closed', async () => {
    const root = project(folder(), { 'shared.llmpipe': 'let size = 3\n' })
    const client = await started({ roots: [root] })
    const uri = uriOf(join(root, 'a.llmpipe'))
    const sharedUri = uriOf(join(root, 'shared.llmpipe'))
    await client.open(sharedUri, 'let size = 3\n')
    expect(await client.open(uri, 'use "./shared.llmpipe" { size }\ndata a = read("x") |> sample(size)\n')).toEqual([])
    rmSync(join(root, 'shared.llmpipe'))
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: sharedUri, type: 3 }],
    })
    await expect.poll(() => client.shown.get(uri)?.diagnostics).toEqual([])
    client.close(sharedUri)
    await expect.poll(() => codes(client.shown.get(uri)?.diagnostics ?? [])).toEqual(['E0601'])
    writeFileSync(join(root, 'shared.llmpipe'), 'let size = 4\n')
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: sharedUri, type: 1 }],
    })
    await expect.poll(() => client.shown.get(uri)?.diagnostics).toEqual([])
  })

  test('of two workspaces are searched together', async () => {
    const one = project(folder(), { 'one.llmpipe': 'let first_size = 1\n' })
    const two = project(folder(), { 'deep/two.llmpipe': 'let second_size = 2\n' })
    const client = await started({ roots: [one, two] })
    const found = await client.request<{ name: string; containerName: string }[]>('workspace/symbol', { query: 'size' })
    expect(found.map(({ name, containerName }) => [name, containerName])).toEqual([
      ['first_size', 'one.llmpipe'],
      ['second_size', 'deep/two.llmpipe'],
    ])
  })

  test('never saved have errors, completion and hovers', async () => {
    const client = await started()
    const uri = 'untitled:Untitled-1'
    expect(codes(await client.open(uri, 'data a = reed("x")\n'))).toEqual(['E0202'])
    const hover = await client.at<Hover>('textDocument/hover', uri, '= re|ed')
    expect(JSON.stringify(hover.contents)).toContain('E0202')
    expect(await client.at<CompletionItem[]>('textDocument/completion', uri, '= re|ed')).not.toEqual([])
  })

  test('a program with untrusted custom stages is checked without running their code', async () => {
    const root = folder()
    const mark = join(root, 'ran')
    project(root, {
      'stages.ts': `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(mark)}, '')\nexport const shout = 1\n`,
    })
    const { client, server } = await startProcess({ roots: [root] })
    const uri = uriOf(join(root, 'a.llmpipe'))
    await client.open(uri, 'use "./stages.ts" { shout }\ndata a = read("x.txt") |> shout()\n')
    await expect.poll(() => codes(client.shown.get(uri)?.diagnostics ?? []), { timeout: 10_000 }).toEqual(['E0605'])
    await client.at('textDocument/completion', uri, '|> sh|out()')
    expect(existsSync(mark)).toBe(false)
    server.kill()
  })
})

describe('requests', () => {
  test('that are unknown are refused, and the server goes on', async () => {
    const client = await started()
    await expect(client.request('llmpipe/unknown', {})).rejects.toThrow('Unhandled method')
    await client.connection.sendNotification('llmpipe/unknown', {})
    expect(await client.open('untitled:Untitled-1', 'let a = 3\n')).toHaveLength(1)
  })

  test('that are canceled end, and the server goes on', async () => {
    const client = await started()
    const uri = 'untitled:Untitled-1'
    await client.open(uri, 'let a = 3\n')
    const cancel = new CancellationTokenSource()
    const asked = client.connection.sendRequest(
      'textDocument/hover',
      { textDocument: { uri }, position: { line: 0, character: 4 } },
      cancel.token,
    )
    cancel.cancel()
    await Promise.allSettled([asked])
    expect(await client.at('textDocument/hover', uri, 'let |a')).not.toBeNull()
  })

  test('without snippets in the client, completion has none', async () => {
    const client = await started({ capabilities: {} })
    const uri = 'untitled:Untitled-1'
    await client.open(uri, 'data a = read("x") |> \n')
    const items = await client.at<CompletionItem[]>('textDocument/completion', uri, '|> |\n')
    expect(items.filter(({ insertTextFormat }) => insertTextFormat === 2)).toEqual([])
    expect(JSON.stringify(items)).not.toContain('$0')
    // Commands of VS Code, which other editors report as unknown.
    expect(items.filter(({ command }) => command !== undefined)).toEqual([])
  })
})

describe('the process', () => {
  test('serves over its pipes, and ends with 0 after shutdown and exit', async () => {
    const { client, server } = await startProcess()
    expect(codes(await client.open('untitled:Untitled-1', 'data a = reed("x")\n'))).toEqual(['E0202'])
    const ended = once(server, 'exit')
    expect(await client.request('shutdown')).toBeNull()
    await client.connection.sendNotification('exit')
    expect(await ended).toEqual([0, null])
  })

  test('ends with 1 if the client ends it without shutdown, or disappears', async () => {
    const first = await startProcess()
    const ended = once(first.server, 'exit')
    await first.client.connection.sendNotification('exit')
    expect(await ended).toEqual([1, null])
    const second = await startProcess()
    const gone = once(second.server, 'exit')
    second.server.stdin!.end()
    expect(await gone).toEqual([1, null])
  })
})
