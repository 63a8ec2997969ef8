/**
 * Writes pipelines/data/web.warc.gz: a small crawl for pipelines/web.llmpipe, made from the public-domain texts beside it.
 *
 *     node scripts/web-pages.mjs [--check]
 *
 * It has what real crawls have: pages with menus and notices, a mirror with near-copies, pages in other languages and charsets, lists of
 * links, search results, an image, a redirection, and a page that is not there. The same texts give the same records. Each record is a
 * member of gzip, as in the archives of Common Crawl. Versions of zlib pack differently, so the file is written only if its records changed.
 */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

const data = join(import.meta.dirname, '..', 'pipelines', 'data')
const date = '2026-11-01T08:00:00Z'

/** The records of the archive, in order. */
function webRecords() {
  const chapters = chaptersOfTheBook().slice(0, 20)
  const speeches = addresses().slice(0, 9)
  const novel = chapters.map(({ title, paragraphs }, i) =>
    page(`https://whale.example/chapters/${i + 1}`, whaleSite, { title, paragraphs, next: chapters[i + 1]?.title }),
  )
  const mirror = chapters.slice(3, 9).map(({ title, paragraphs }, i) =>
    page(`https://books.mirror.example/read?book=2701&part=${i + 4}`, mirrorSite, {
      title,
      paragraphs: paragraphs.with(0, paragraphs[0].replace(/ (the|a) /, ' that ')),
    }),
  )
  const politics = speeches.map(({ title, slug, paragraphs }, i) =>
    // One site in three still writes windows-1252.
    page(`https://speeches.example/${slug}`, speechSite, { title, paragraphs }, i % 3 === 0 ? 'windows-1252' : 'utf-8'),
  )
  return [
    record({
      type: 'warcinfo',
      media: 'application/warc-fields',
      block: 'software: llmpipe scripts/web-pages.mjs\r\n',
    }),
    page('https://whale.example/', whaleSite, { title: 'All chapters', links: chapters.map(({ title }) => title) }),
    ...novel,
    page('https://whale.example/search?q=whale', whaleSite, {
      title: 'Search results',
      links: Array.from({ length: 60 }, (_, i) => `Result ${i + 1}: whale`),
    }),
    response('https://whale.example/logo.png', 'image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47])),
    response('https://whale.example/old', 'text/html', '', '301 Moved Permanently'),
    response('https://whale.example/chapters/999', 'text/html', '<h1>Not found</h1>', '404 Not Found'),
    page('https://speeches.example/', speechSite, { title: 'Speeches', links: speeches.map(({ title }) => title) }),
    ...politics,
    ...mirror,
    page('https://shop.example/', mirrorSite, {
      title: 'Best prices',
      paragraphs: Array.from({ length: 30 }, () => 'Buy the best harpoons of the town and have them with you today.'),
    }),
    page('https://new.example/', mirrorSite, {
      title: 'A new site',
      paragraphs: Array.from({ length: 8 }, () => placeholder),
    }),
    ...Object.entries(rights).map(([language, { title, paragraphs }]) =>
      page(`https://rights.example/${language}`, rightsSite(language), { title, paragraphs }),
    ),
  ]
}

/** The titles and paragraphs of the novel's chapters. */
function chaptersOfTheBook() {
  // The last line of the table of contents has no other title after it either.
  const [, , ...parts] = readFileSync(join(data, 'prose', 'moby-dick.txt'), 'utf8').split(
    /\n(?=CHAPTER \d+\. [^\n]*\n\n(?!CHAPTER))/,
  )
  return parts.map((part) => {
    const [title, ...paragraphs] = part.trim().split(/\n{2,}/)
    return { title: title.replace(/^CHAPTER/, 'Chapter'), paragraphs }
  })
}

/** The addresses of the presidents, cut into paragraphs of a few sentences: the source has each in one line. */
function addresses() {
  const names = readdirSync(join(data, 'prose')).filter((name) => name.startsWith('union-'))
  return names.sort().map((name) => {
    const [, year, slug] = /^union-(\d+)-(.*)\.txt$/.exec(name)
    const sentences = readFileSync(join(data, 'prose', name), 'utf8')
      .trim()
      .split(/(?<=[.?!]) +/)
    const paragraphs = Array.from({ length: Math.ceil(sentences.length / 5) }, (_, i) =>
      sentences.slice(5 * i, 5 * i + 5).join(' '),
    )
    const speaker = slug.replace(/(^|-)(.)/g, (_, dash, letter) => `${dash && ' '}${letter.toUpperCase()}`)
    return { title: `${speaker}: State of the Union, ${year}`, slug: `${year}/${slug}`, paragraphs }
  })
}

const placeholder =
  'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.'

/** The beginning of the Universal Declaration of Human Rights (1948) in four languages. */
const rights = {
  en: {
    title: 'Universal Declaration of Human Rights',
    paragraphs: [
      'Whereas recognition of the inherent dignity and of the equal and inalienable rights of all members of the human family is the foundation of freedom, justice and peace in the world.',
      'All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.',
      'Everyone has the right to life, liberty and security of person.',
      'No one shall be held in slavery or servitude; slavery and the slave trade shall be prohibited in all their forms.',
      'No one shall be subjected to torture or to cruel, inhuman or degrading treatment or punishment.',
      'Everyone has the right to recognition everywhere as a person before the law.',
    ],
  },
  de: {
    title: 'Allgemeine Erklärung der Menschenrechte',
    paragraphs: [
      'Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geiste der Brüderlichkeit begegnen.',
      'Jeder hat das Recht auf Leben, Freiheit und Sicherheit der Person.',
      'Niemand darf in Sklaverei oder Leibeigenschaft gehalten werden; Sklaverei und Sklavenhandel in allen ihren Formen sind verboten.',
      'Niemand darf der Folter oder grausamer, unmenschlicher oder erniedrigender Behandlung oder Strafe unterworfen werden.',
      'Jeder hat das Recht, überall als rechtsfähig anerkannt zu werden.',
    ],
  },
  fr: {
    title: 'Déclaration universelle des droits de l’homme',
    paragraphs: [
      'Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.',
      'Tout individu a droit à la vie, à la liberté et à la sûreté de sa personne.',
      'Nul ne sera tenu en esclavage ni en servitude; l’esclavage et la traite des esclaves sont interdits sous toutes leurs formes.',
      'Nul ne sera soumis à la torture, ni à des peines ou traitements cruels, inhumains ou dégradants.',
      'Chacun a le droit à la reconnaissance en tous lieux de sa personnalité juridique.',
    ],
  },
  es: {
    title: 'Declaración Universal de Derechos Humanos',
    paragraphs: [
      'Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.',
      'Todo individuo tiene derecho a la vida, a la libertad y a la seguridad de su persona.',
      'Nadie estará sometido a esclavitud ni a servidumbre; la esclavitud y la trata de esclavos están prohibidas en todas sus formas.',
      'Nadie será sometido a torturas ni a penas o tratos crueles, inhumanos o degradantes.',
      'Todo ser humano tiene derecho, en todas partes, al reconocimiento de su personalidad jurídica.',
    ],
  },
}

/** The parts of a site's pages around their content. */
const whaleSite = {
  language: 'en',
  menu: ['Home', 'Chapters', 'Search', 'About', 'Log in'],
  notice: 'We use cookies to make your voyage better. Accept all · Settings',
  footer: 'The text is in the public domain. Contact · Privacy · Imprint',
}
const mirrorSite = {
  language: 'en',
  menu: ['Library', 'Top 100', 'New', 'Random book'],
  notice: 'Subscribe to our newsletter and get ten books for free!',
  footer: 'Copyright notice, terms and conditions. Share on: A B C D',
}
const speechSite = {
  language: 'en',
  menu: ['Presidents', 'Years', 'Topics', 'Downloads'],
  notice: 'This site works best with a browser.',
  footer: 'A work of the United States Government. Top of page · Print',
}
const rightsSite = (language) => ({
  language,
  menu: ['English', 'Deutsch', 'Français', 'Español'],
  notice: '1948',
  footer: '© –',
})

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The response with a page: a title with paragraphs or with a list of links, and around them the menu, the notice and the footer of its site. */
function page(url, site, { title, paragraphs = [], links = [], next }, charset = 'utf-8') {
  const items = (texts) => texts.map((text, i) => `<li><a href="/${i}">${escaped(text)}</a></li>`).join('\n')
  const content =
    links.length > 0 ? `<ul>\n${items(links)}\n</ul>` : paragraphs.map((text) => `<p>${escaped(text)}</p>`).join('\n')
  const html = `<!DOCTYPE html>
<html lang="${site.language}">
<head><meta charset="${charset}"><title>${escaped(title)}</title><style>nav li { display: inline }</style></head>
<body>
<div class="cookie-banner">${escaped(site.notice)}</div>
<nav><ul>\n${items(site.menu)}\n</ul></nav>
<article>
<h1>${escaped(title)}</h1>
${content}
</article>
${next === undefined ? '' : `<aside class="related">Read on: <a href="/next">${escaped(next)}</a></aside>\n`}<footer>${escaped(site.footer)}</footer>
<script>track(${JSON.stringify(url)})</script>
</body>
</html>
`
  return response(url, `text/html; charset=${charset}`, charset === 'utf-8' ? html : inWindows1252(html))
}

/** The bytes of a text in windows-1252. Characters that the charset lacks are written as references. */
function inWindows1252(text) {
  const special = { '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '–': 0x96, '—': 0x97 }
  const bytes = Array.from(text, (character) => {
    const code = special[character] ?? character.codePointAt(0)
    return code < 256 ? Buffer.from([code]) : Buffer.from(`&#${code};`)
  })
  return Buffer.concat(bytes)
}

function response(url, type, body, status = '200 OK') {
  const content = Buffer.from(body)
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${content.length}\r\n\r\n`
  const block = Buffer.concat([Buffer.from(head), content])
  return record({ type: 'response', media: 'application/http; msgtype=response', url, block })
}

function record({ type, media, url, block }) {
  const content = Buffer.from(block)
  const digits = createHash('sha256')
    .update(`${type} ${url ?? ''}`)
    .digest('hex')
  const id = digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const header = [
    'WARC/1.0',
    `WARC-Type: ${type}`,
    ...(url === undefined ? [] : [`WARC-Target-URI: ${url}`]),
    `WARC-Date: ${date}`,
    `WARC-Record-ID: <urn:uuid:${id}>`,
    `Content-Type: ${media}`,
    `Content-Length: ${content.length}`,
  ].join('\r\n')
  return Buffer.concat([Buffer.from(`${header}\r\n\r\n`), content, Buffer.from('\r\n\r\n')])
}

const file = join(data, 'web.warc.gz')
const records = webRecords()
if (!existsSync(file) || !gunzipSync(readFileSync(file)).equals(Buffer.concat(records))) {
  if (process.argv.includes('--check')) {
    console.error('pipelines/data/web.warc.gz is stale: npm run generate')
    process.exitCode = 1
  } else writeFileSync(file, Buffer.concat(records.map((each) => gzipSync(each, { level: 9 }))))
}
