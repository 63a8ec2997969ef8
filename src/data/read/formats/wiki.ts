/**
 * The format `wiki`: XML dumps of MediaWiki, such as `enwiki-20260101-pages-articles.xml.bz2`. An article is a document with the fields of
 * Hugging Face's `wikimedia/wikipedia`: id, url, title and text. Redirects and pages of other namespaces are left out and counted.
 */

import { isUtf8 } from 'node:buffer'
import type { Document } from '../../document.ts'
import { documentOf } from '../json-line.ts'
import { documentsOf } from '../records.ts'
import { decodeEntities, textOfWiki, type WikiSettings } from '../wiki/wikitext.ts'
import type { OpenInput } from './format.ts'

/** Bytes that are not UTF-8 are counted by page. */
export const access = 'bytes'

/** The largest page, in bytes. MediaWiki allows 2 MiB; a history has many revisions. */
const maxPage = 64 << 20

const pageStart = Buffer.from('<page>')
const pageEnd = Buffer.from('</page>')

/** Namespaces whose links are not text, in English; a dump names them in the language of the wiki too. */
const hiddenInEnglish = ['file', 'image', 'media', 'category']

interface Site extends WikiSettings {
  /** The address of articles, up to the title; `undefined` if the dump does not say it. */
  readonly articles: string | undefined
}

export async function* open(input: OpenInput): AsyncGenerator<Document[]> {
  const { file, chunks, notes } = input
  let held: Buffer = Buffer.alloc(0)
  let site: Site | undefined
  let page = 0
  /** Whether the page at the beginning of `held` is too large, so that its bytes are dropped. */
  let isTooLarge = false
  for await (const chunk of chunks) {
    // An end tag may be cut by the border of the chunks.
    const searched = Math.max(0, held.length - pageEnd.length)
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const documents: Document[] = []
    let at = 0
    for (let end = held.indexOf(pageEnd, searched); end !== -1; end = held.indexOf(pageEnd, at)) {
      const start = held.indexOf(pageStart, at)
      page++
      site ??= siteIn(held.toString('utf8', 0, start === -1 ? end : Math.min(start, end)))
      if (isTooLarge || start === -1 || start > end) notes.malformed(file, page, tooLargeOr(isTooLarge), end - at)
      else documents.push(...documentsOfPage(held.subarray(start, end), page, site, input))
      isTooLarge = false
      at = end + pageEnd.length
    }
    held = held.subarray(at)
    if (held.length > maxPage) {
      isTooLarge = page > 0 || held.includes(pageStart)
      held = held.subarray(held.length - pageEnd.length)
    }
    yield documents
  }
  if (page === 0) notes.malformed(file, 1, 'the file has no pages of a wiki')
  else if ((isTooLarge || held.includes(pageStart)) && !input.isCut())
    notes.malformed(file, page + 1, 'the file ends in the middle of a page')
}

function tooLargeOr(isTooLarge: boolean): string {
  return isTooLarge ? `a page of more than ${maxPage >> 20} MiB` : 'the end of a page without its beginning'
}

/** The settings in the head of a dump. */
function siteIn(head: string): Site {
  const names = [
    ...head.slice(-(1 << 20)).matchAll(/<namespace key="(-?\d+)"[^<>]{0,200}>([^<>]{1,200})<\/namespace>/g),
  ]
  const own = names.flatMap(([, key, name]) =>
    ['-2', '6', '14'].includes(key!) ? [decodeEntities(name!).toLowerCase()] : [],
  )
  const base = /<base>([^<>]{1,2000})<\/base>/.exec(head)?.[1]
  const articles = base === undefined ? undefined : decodeEntities(base).replace(/[^/]*$/, '')
  return { hidden: new Set([...hiddenInEnglish, ...own]), articles }
}

function documentsOfPage(bytes: Buffer, number: number, site: Site, input: OpenInput): readonly Document[] {
  const { file, notes, settings } = input
  const xml = bytes.toString('utf8')
  const malformed = (problem: string) => {
    notes.malformed(file, number, problem, bytes.length)
    return []
  }
  const leaveOut = (why: string) => {
    notes.notArticle(why)
    return []
  }
  // Of a history, the last revision counts.
  const revision = xml.slice(Math.max(0, xml.lastIndexOf('<revision>')))
  const head = xml.slice(0, Math.max(0, xml.indexOf('<revision>')) || 4096)
  const title = element('title', head)
  if (title === undefined) return malformed('a page without a title')
  if (element('ns', head) !== '0' && element('ns', head) !== undefined) return leaveOut('pages of other namespaces')
  if (/<redirect\b/.test(head)) return leaveOut('redirects')
  const model = element('model', revision)
  const markup = textElement(revision)
  if (markup === undefined) return malformed(`the page ${title} has no text`)
  if (model !== undefined && model !== 'wikitext') return leaveOut('pages without prose')
  const text = textOfWiki(markup, site)
  if (text === '') return leaveOut('pages without prose')
  const id = element('id', head)
  const record = {
    ...(id === undefined ? {} : { id }),
    url:
      site.articles === undefined
        ? null
        : `${site.articles}${encodeURI(title.replaceAll(' ', '_')).replace(/[?#]/g, encodeURIComponent)}`,
    title,
    date: element('timestamp', revision) ?? null,
    text,
  }
  const read = documentOf(record, { field: 'text', keeps: settings.keeps })
  return documentsOf(read, { line: number, isDamaged: !isUtf8(bytes), bytes: bytes.length }, input)
}

/** The content of the first element of a name; `undefined` if there is none. */
function element(name: string, xml: string): string | undefined {
  const content = new RegExp(`<${name}>([^<>]*)</${name}>`).exec(xml)?.[1]
  return content === undefined ? undefined : decodeEntities(content)
}

/** The text of a revision. `<text … />` is an empty text. */
function textElement(revision: string): string | undefined {
  const start = revision.search(/<text\b/)
  if (start === -1) return undefined
  const open = revision.indexOf('>', start)
  if (open === -1) return undefined
  if (revision[open - 1] === '/') return ''
  const end = revision.indexOf('</text>', open)
  return end === -1 ? undefined : decodeXml(revision.slice(open + 1, end))
}

/** Replaces the entities of XML only: those of HTML in the markup are written with `&amp;`. */
function decodeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#039;', "'")
    .replaceAll('&amp;', '&')
}
