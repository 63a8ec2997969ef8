/** Text from HTML: the main content of a page, and pages that no browser made. */

import { describe, expect, it } from 'vitest'
import { isTooDeep, withoutSilent } from '../../../src/data/html/markup.ts'
import { mainText, wholeText } from '../../../src/data/html/text.ts'
import { Rig } from '../rig.ts'

const rig = new Rig()
const sentence = 'The river had risen in the night, and the ferry, which was old, stayed where it was. '
const page = `<!doctype html><html><head><title>The ferry</title><style>p { color: red }</style>
<script>if (a < b) document.write("<p>written</p>")</script></head><body>
<nav><ul><li><a href="/">Home</a><li><a href="/about">About us</a></ul></nav>
<div class="sidebar"><a href="/x">Ten things you should buy</a><a href="/y">More</a></div>
<article><h1>The ferry</h1><p>${sentence.repeat(3)}</p><p>It was <b>the</b>
third&nbsp;day &amp; nobody crossed.<br>${sentence.repeat(2)}</p><!-- a comment -->
<figure><img src="a.png"><figcaption>A ferry. Photo: A. Nobody</figcaption></figure>
<ul><li>One item</li><li>Another item, with a long enough text to stay</li></ul>
<pre>a
  b</pre></article>
<footer>© 2024 Example. <a href="/terms">Terms</a></footer></body></html>`

describe('the main content of a page', () => {
  it('is its text, a line for each block, without menus, captions and scripts', () => {
    expect(mainText(page).split('\n')).toEqual([
      sentence.repeat(3).trim(),
      'It was the third day & nobody crossed.',
      sentence.repeat(2).trim(),
      'One item',
      'Another item, with a long enough text to stay',
      'a',
      '  b',
    ])
  })

  it('is empty if there is none', () => {
    expect(mainText('<html><body></body></html>')).toBe('')
    expect(mainText('<div>')).toBe('')
  })
})

it('all text of a page has its menus too', () => {
  const text = wholeText(page)
  expect(text).toContain('About us')
  expect(text).toContain('Terms')
  expect(text).not.toMatch(/color|written|comment/)
  expect(wholeText('<table><tr><td>a<td>b</table>')).toBe('a\tb')
})

describe('scripts, styles and comments', () => {
  it.each([
    ['a<script>b</script>c', 'ac'],
    ['a<SCRIPT src="x">b</Script >c', 'ac'],
    ['a<!-- <p> -->b', 'ab'],
    ['a<scripture>b', 'a<scripture>b'],
    ['a<svg/>b<svg><path/></svg>c', 'abc'],
    ['a<script>never closed', 'a'],
    ['a<!-- never closed', 'a'],
    ['1 < 2 <b>x', '1 < 2 <b>x'],
    ['İİİ İstanbul<script>b</script>, <STYLE>c</STYLE>İzmir', 'İİİ İstanbul, İzmir'],
  ])('%j becomes %j', (html, expected) => expect(withoutSilent(html)).toBe(expected))

  it('of a hostile page take time in proportion to its length', () => {
    expect(withoutSilent('<!-'.repeat(300_000))).toHaveLength(900_000)
    expect(withoutSilent('<script '.repeat(300_000))).toBe('')
    expect(isTooDeep('<a '.repeat(300_000))).toBe(false)
    expect(isTooDeep(`${'<a '.repeat(300_000)}>`)).toBe(false)
    expect(isTooDeep(`${'<a '.repeat(100_000)}${'x'.repeat(1_000_000)}>`)).toBe(false)
    expect(isTooDeep(`<${'a'.repeat(1_000_000)}`)).toBe(false)
    expect(isTooDeep(`<${'a'.repeat(1_000_000)}<b>`)).toBe(false)
    expect(isTooDeep(`<div title="${'x'.repeat(20_000)}">`.repeat(2001))).toBe(true)
  })
})

describe('the step', () => {
  const run = (texts: readonly string[], pipe = '|> text_from_html()') => rig.steps(pipe, texts)

  it('replaces pages by their texts, leaves plain texts, and counts both', async () => {
    const { texts, report } = await run([page, 'plain text: 1 < 2'])
    expect(texts[0]).toContain('nobody crossed')
    expect(texts[1]).toBe('plain text: 1 < 2')
    expect(report.ledger!.changed).toMatchObject([{ step: 'text_from_html', documents: 1 }])
  })

  it('drops pages that are empty, too large or nested too deep, and counts them', async () => {
    const { report } = await run([page, '<p> </p>', '<div>'.repeat(50_000), `<p>${'x '.repeat(5_000_000)}`])
    expect(report.ledger!.dropped.map(({ documents }) => documents)).toEqual([2, 1, 0])
  })

  it('survives pages of noise', async () => {
    let state = 3
    const noise = Array.from({ length: 60 }, () => {
      const parts = [
        '<',
        '>',
        '</',
        'div',
        'p',
        '"',
        "'",
        '=',
        '&#',
        '&amp',
        '<!--',
        '<table>',
        '<tr>',
        '\0',
        'a',
        ' ',
        '<svg',
        '/>',
        '<![CDATA[',
        '<?xml',
      ]
      return Array.from({ length: 60 }, () => {
        state = (state * 1103515245 + 12345) % 2 ** 31
        return parts[(state >> 8) % parts.length]
      }).join('')
    })
    const { report } = await run([page, ...noise])
    expect(report.ledger!.in.documents).toBe(61)
  })
})

it('a run that reads pages and leaves their HTML in them warns', async () => {
  rig.events.length = 0
  await rig.program('data x = read("a.html")', rig.files({ 'a.html': page }))
  expect(JSON.stringify(rig.events)).toContain(
    'The documents are HTML: |> text_from_html() takes the text out of pages.',
  )
  rig.events.length = 0
  const { texts } = await rig.program('data x = read("a.html") |> text_from_html()', rig.files({ 'a.html': page }))
  expect(texts[0]).not.toContain('<')
  expect(JSON.stringify(rig.events)).not.toContain('warning')
})
