/** Dumps of MediaWiki: which pages are documents, what is left of their markup, and damage. */

import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { textOfWiki } from '../../../src/data/read/wiki/wikitext.ts'
import { Rig } from '../rig.ts'

const rig = new Rig()
const name = 'dewiki-20260101-pages-articles.xml'

const head = `<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="de"><siteinfo>
<base>https://de.wikipedia.org/wiki/Wikipedia:Hauptseite</base>
<namespaces><namespace key="6" case="first-letter">Datei</namespace><namespace key="14" case="first-letter">Kategorie</namespace></namespaces>
</siteinfo>\n`

const page = (title: string, text: string, more = '', ns = 0) =>
  `<page><title>${title}</title><ns>${ns}</ns><id>7</id>${more}<revision><id>8</id><timestamp>2026-01-02T03:04:05Z</timestamp><model>wikitext</model><text bytes="9" xml:space="preserve">${text}</text></revision></page>\n`

async function read(files: Readonly<Record<string, string | Uint8Array>>, settings = '') {
  const ran = await rig.program(`data x = read("data/*"${settings})`, rig.files(files))
  const ledger = ran.report.ledger!
  const malformed = ledger.malformed.samples.map(({ line, message }) => `${line} ${message}`)
  return { ...ran, malformed, notes: ledger.changed.map(({ note }) => note) }
}

describe('a dump', () => {
  const dump = `${head}${page('Köln &amp; Bonn', "'''Köln''' liegt am [[Rhein]].[[Kategorie:Stadt]]")}${page('Cöln', '#WEITERLEITUNG [[Köln]]', '<redirect title="Köln" />')}${page('Diskussion:Köln', 'Hallo', '', 1)}${page('Nichts', '{{Stub}}')}</mediawiki>\n`

  it('has a document for each article, with its address, and counts the other pages', async () => {
    const expected = [
      {
        id: '7',
        text: 'Köln liegt am Rhein.',
        url: 'https://de.wikipedia.org/wiki/K%C3%B6ln_&_Bonn',
        title: 'Köln & Bonn',
        date: '2026-01-02T03:04:05Z',
      },
    ]
    const found = await read({ [name]: dump })
    expect(found.rows).toEqual(expected)
    expect(found.notes).toEqual([
      'pages of a wiki that are not articles were left out: 1 redirects, 1 pages of other namespaces, 1 pages without prose',
    ])
    expect((await read({ [`${name}.gz`]: gzipSync(dump) })).rows).toEqual(expected)
    expect((await read({ 'dewiki-20260101-pages-articles1.xml-p1p297012.gz': gzipSync(dump) })).rows).toEqual(expected)
    expect((await read({ 'own.xml': dump }, ', format: wiki')).rows).toEqual(expected)
    expect((await read({ [name]: dump }, ', keep_fields: ["title"]')).rows).toEqual([
      { id: '7', text: 'Köln liegt am Rhein.', title: 'Köln & Bonn' },
    ])
  })

  it('that is cut off or damaged is counted, and its other pages are read', async () => {
    const two = `${head}${page('A', 'Eins.')}${page('B', 'Zwei.')}`
    const cut = await read({ [name]: two.slice(0, -40) })
    expect([cut.texts, cut.malformed]).toEqual([['Eins.'], ['2 the file ends in the middle of a page']])
    const gone = await read({ [name]: two.replace('<title>A</title>', '') })
    expect([gone.texts, gone.malformed]).toEqual([['Zwei.'], ['1 a page without a title']])
    const odd = await read({ [name]: two.replace('<page><title>A', '<pag><title>A') })
    expect([odd.texts, odd.malformed]).toEqual([['Zwei.'], ['1 the end of a page without its beginning']])
    const bytes = Buffer.from(two)
    bytes[bytes.indexOf('Eins.')] = 0xff
    expect((await read({ [name]: bytes })).texts).toEqual(['\ufffdins.', 'Zwei.'])
    await expect(read({ [name]: '<html></html>' })).rejects.toThrow('could not be read')
    await expect(read({ [name]: '' })).rejects.toThrow()
  })
})

const text = (markup: string) => textOfWiki(markup, { hidden: new Set(['file', 'category']) })

describe('markup', () => {
  it.each([
    ["'''Bold''' and ''italic''", 'Bold and italic'],
    ['[[Paris|the city]] of [[France]], [[Paris (Texas)|]]', 'the city of France, Paris'],
    ['[[:Category:Towns]] and[[Category:Towns]]', 'Category:Towns and'],
    ['[[File:a.jpg|thumb|A [[tower]] in [[Paris]].]]Text', 'Text'],
    ['[https://a.example A site], [https://a.example], [//b.example/x b]', 'A site,, b'],
    ['Born {{birth date|1900|1|1}} in {{lang|fr|Nice}}', 'Born in Nice'],
    ['a {{x|{{y|z}}|}} b', 'a b'],
    ['before\n{| class="wikitable"\n! a\n|-\n| {{b}}\n|}\nafter', 'before\n\nafter'],
    ['A fact.<ref name="a">[[Book]], p. 1</ref><ref name="a" /> More.<!-- no -->', 'A fact. More.'],
    ['x &lt;y&gt; &nbsp;&ndash; &#233;&#x4e00; &unknown; &valueOf;', 'x <y> – é一 &unknown; &valueOf;'],
    ['a<br/>b <small>c</small> <math>x^2</math>d', 'a\nb c d'],
    ['== One ==\ntext\n=== Two ===\n== See also ==\n[[Category:X]]\n', 'One\n\ntext'],
    ['* one\n** two\n# three\n: four', 'one\ntwo\nthree\nfour'],
    ['Rome ({{lang-it}}; {{IPA|r}}) is', 'Rome is'],
    ['__NOTOC__a', 'a'],
    ['open {{ and [[ and {| stay', 'open and and {| stay'],
    ['[[fr:Paris]]\nparis', 'paris'],
  ])('%j is %j', (markup, expected) => {
    expect(text(markup).replace(/ +/g, ' ')).toBe(expected)
  })

  test('any text, and any nesting of brackets, takes time in proportion to its length', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '[[',
      ']]',
      '{|',
      '|}',
      '\n',
      '|',
      '<ref>',
      '</ref>',
      '<!--',
      '=',
      "''",
      'a',
      ' ',
      '[http://',
      '<math',
      '&#',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(typeof text(pieces.join(''))).toBe('string')
      }),
    )
    for (const each of [
      '{{',
      '[[',
      '<ref>',
      '<!--',
      '[http://',
      '\n{|',
      '&',
      '= ',
      "'",
      '[[a|',
      '{{lang|',
      '<math ',
      '(',
    ])
      expect(text(each.repeat(300_000)).length).toBeLessThan(3_000_000)
  })
})
