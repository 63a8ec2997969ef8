/**
 * Takes the text out of wiki markup: paragraphs, lists and headings stay, templates, tables, references, files and markup go. Templates are not
 * expanded, as in WikiExtractor, so that what only a template writes (measures, dates of birth) is missing. Every step takes time in
 * proportion to the text, however its brackets are nested.
 */

/** The names of namespaces whose links stand for something else than text: files and categories, in English and in the language of the wiki. */
export interface WikiSettings {
  readonly hidden: ReadonlySet<string>
}

/** Elements whose content is not prose. */
const dropped =
  /<(ref|math|chem|ce|gallery|timeline|score|syntaxhighlight|source|imagemap|hiero|templatestyles|mapframe|maplink|graph|includeonly|references)\b[^<>]{0,2000}>/gi

/** The deepest nesting of links; a file can have links in its caption. */
const maxDepth = 16

export function textOfWiki(markup: string, settings: WikiSettings): string {
  let text = markup.replaceAll('\r', '').replace(/<!--[\s\S]*?(?:-->|$)/g, '')
  text = withoutElements(text)
  // The words of another language are a part of the sentence.
  text = text.replace(
    /\{\{(?:lang|langx|transl|transliteration)\|[^{}|]{0,40}\|([^{}|]{0,1000})(?:\|[^{}]{0,1000})?\}\}/gi,
    '$1',
  )
  text = withoutBraces(text)
  text = withLinks(text, settings)
  text = text
    .replace(
      /\[(?:(?:https?|ftp):)?\/\/[^\s[\]]{1,2000}(?:[^\S\n]+([^[\]\n]{0,2000}))?\]/gi,
      (_, label?: string) => label ?? '',
    )
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/<\/?[a-z][^<>]{0,2000}>/gi, '')
    .replace(/'{2,}/g, '')
    .replace(/__[A-Z]{3,30}__/g, '')
  return linesOf(decodeEntities(text))
}

/** Removes elements with their content. An element that is not closed loses only its tag. */
function withoutElements(text: string): string {
  const pieces: string[] = []
  /** The elements that no tag closes from here on: they are not looked for again. */
  const open = new Set<string>()
  let from = 0
  dropped.lastIndex = 0
  for (let tag = dropped.exec(text); tag !== null; tag = dropped.exec(text)) {
    pieces.push(text.slice(from, tag.index))
    from = dropped.lastIndex
    const name = tag[1]!.toLowerCase()
    if (tag[0].endsWith('/>') || open.has(name)) continue
    const closing = new RegExp(`</${name}\\s{0,20}>`, 'gi')
    closing.lastIndex = from
    if (closing.exec(text) === null) open.add(name)
    else from = closing.lastIndex
    dropped.lastIndex = from
  }
  pieces.push(text.slice(from))
  return pieces.join('')
}

/** Removes templates and tables with everything in them. One that is not closed loses only its brackets. */
function withoutBraces(text: string): string {
  const token = /\{\{|\}\}|(?<=(?:^|\n)[ :]{0,8})\{\||\|\}(?!\})/g
  const pieces: string[] = []
  /** The open brackets, and how many pieces came before each. */
  const open: { readonly token: string; readonly pieces: number }[] = []
  const lastOpen = (wanted: string) => {
    // A template that ends inside of a table ends the table.
    for (let at = open.length - 1; at >= Math.max(0, open.length - 4); at--) if (open[at]!.token === wanted) return at
    return -1
  }
  let from = 0
  for (const { 0: found, index } of text.matchAll(token)) {
    pieces.push(text.slice(from, index))
    from = index + found.length
    if (found === '{{' || found === '{|') {
      open.push({ token: found, pieces: pieces.length })
      continue
    }
    const at = lastOpen(found === '}}' ? '{{' : '{|')
    if (at === -1) continue
    pieces.length = open[at]!.pieces
    open.length = at
  }
  pieces.push(text.slice(from))
  return pieces.join('')
}

/** Replaces links by their labels, and removes links to files, categories and the same page in other languages. */
function withLinks(text: string, settings: WikiSettings): string {
  const pieces: string[] = []
  const open: number[] = []
  let from = 0
  for (const { 0: found, index } of text.matchAll(/\[\[|\]\]/g)) {
    pieces.push(text.slice(from, index))
    from = index + 2
    if (found === '[[') {
      if (open.length === maxDepth) open.shift()
      open.push(pieces.length)
      continue
    }
    const start = open.pop()
    if (start === undefined) continue
    const inner = pieces.slice(start).join('')
    const isOwnLine = /(?:^|\n)$/.test(pieces[start - 1] ?? '') && start > 0
    pieces.length = start
    pieces.push(labelOf(inner, isOwnLine, settings))
  }
  pieces.push(text.slice(from))
  return pieces.join('')
}

function labelOf(inner: string, isOwnLine: boolean, { hidden }: WikiSettings): string {
  const bar = inner.indexOf('|')
  const target = (bar === -1 ? inner : inner.slice(0, bar)).trim()
  const namespace = /^([^:[\]]{1,60}):/.exec(target)?.[1]?.trim().toLowerCase()
  if (namespace !== undefined && hidden.has(namespace)) return ''
  if (namespace !== undefined && isOwnLine && bar === -1 && /^[a-z]{2,3}(?:-[a-z]+)*$/.test(namespace)) return ''
  if (bar === -1) return target.replace(/^:/, '')
  const label = inner.slice(inner.lastIndexOf('|') + 1).trim()
  // [[Paris (Texas)|]] is short for a label without what is in brackets.
  return label === '' ? target.replace(/^[^:]*:/, '').replace(/\s*\([^()]*\)$/, '') : label
}

interface Section {
  readonly level: number
  readonly heading: string
  readonly lines: string[]
}

/** The lines without the marks of lists and headings, and without sections of which nothing is left. */
function linesOf(text: string): string {
  const sections: Section[] = [{ level: 0, heading: '', lines: [] }]
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    const level =
      line.length > 2 && line.startsWith('=') && line.endsWith('=') ? Math.min(6, /^=+/.exec(line)![0].length) : 0
    const heading = level === 0 ? '' : withoutEnds(line, '=').trim()
    if (heading !== '') sections.push({ level, heading, lines: [] })
    else if (level === 0)
      sections.at(-1)!.lines.push(
        line
          .replace(/^[*#:;]+\s*/, '')
          .replace(/\(\s*[,;:]?\s*\)/g, '')
          .replace(/\(\s*[,;]\s*/g, '(')
          .replace(/[^\S\n]{2,}/g, ' ')
          .replace(/ ([,.;:!?)])/g, '$1'),
      )
  }
  const kept: string[] = []
  for (const [index, section] of sections.entries()) {
    const body = section.lines.join('\n').trim()
    // A section of sections has something to say if one of them has.
    let hasText = body !== ''
    for (let at = index + 1; !hasText && at < sections.length && sections[at]!.level > section.level; at++)
      hasText = sections[at]!.lines.some((line) => line !== '')
    if (!hasText) continue
    kept.push([section.heading, body].filter((part) => part !== '').join('\n\n'))
  }
  return kept
    .join('\n\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** A text without the given character at both ends. */
function withoutEnds(text: string, character: string): string {
  let [from, to] = [0, text.length]
  while (from < to && text[from] === character) from++
  while (to > from && text[to - 1] === character) to--
  return text.slice(from, to)
}

/** The entities that writers of wikis use; others stay as they are. */
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  thinsp: ' ',
  ensp: ' ',
  emsp: ' ',
  shy: '',
  zwnj: '\u200c',
  zwj: '\u200d',
  lrm: '',
  rlm: '',
  ndash: '–',
  mdash: '—',
  minus: '−',
  times: '×',
  middot: '·',
  bull: '•',
  hellip: '…',
  deg: '°',
  prime: '′',
  Prime: '″',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  sup2: '²',
  sup3: '³',
  frac12: '½',
  plusmn: '±',
  euro: '€',
  pound: '£',
  copy: '©',
  sect: '§',
  rarr: '→',
  larr: '←',
}

/** Replaces entities of HTML and XML by their characters. */
export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]\w{1,9}));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return Object.hasOwn(entities, name) ? entities[name]! : whole
      const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)
      const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
      return isCharacter ? String.fromCodePoint(code) : '\ufffd'
    },
  )
}
