/** The text of a page. Its main content is found by Mozilla's Readability, the reader view of Firefox. */

import { Readability } from '@mozilla/readability'
import { parseHTML } from 'linkedom'
import { withoutSilent } from './markup.ts'

/** Elements that begin and end a line. */
const blocks = new Set(
  'ADDRESS ARTICLE ASIDE BLOCKQUOTE CENTER DD DETAILS DIALOG DIV DL DT FIELDSET FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE SECTION TABLE TR UL'.split(
    ' ',
  ),
)

/** Elements of which only captions and labels would remain. */
const captions = new Set(['FIGCAPTION', 'FIGURE', 'BUTTON', 'SELECT', 'TEXTAREA', 'TITLE'])

/** The main content of a page, a line for each block; empty if none was found. */
export function mainText(html: string): string {
  const document = parse(html)
  const article = new Readability<Node>(document as unknown as Document, {
    charThreshold: 200,
    serializer: (node) => node,
  }).parse()
  return article?.content ? textOf(article.content) : ''
}

/** All text of a page. */
export function wholeText(html: string): string {
  return textOf(parse(html).body as unknown as Node)
}

function parse(html: string) {
  const clean = withoutSilent(html)
  // linkedom adds no body of its own.
  return parseHTML(/<body[\s>]/i.test(clean) ? clean : `<html><body>${clean}</body></html>`).document
}

/** The part of the DOM that a text is taken from. */
interface Node {
  readonly nodeType: number
  readonly nodeName: string
  readonly data?: string
  readonly firstChild: Node | null
  readonly nextSibling: Node | null
  readonly parentNode: Node | null
}

const TEXT = 3

function textOf(root: Node): string {
  const pieces: string[] = []
  let preformatted = 0
  // Without recursion: pages may be nested deep.
  const visit = (node: Node, entering: boolean) => {
    const name = node.nodeName.toUpperCase()
    if (name === 'PRE') preformatted += entering ? 1 : -1
    if (blocks.has(name)) pieces.push('\n')
    else if (entering && name === 'BR') pieces.push('\n')
    else if (entering && (name === 'TD' || name === 'TH')) pieces.push('\t')
  }
  let node: Node | null = root
  while (node !== null) {
    if (node.nodeType === TEXT)
      pieces.push(preformatted > 0 ? (node.data ?? '') : (node.data ?? '').replace(/\s+/g, ' '))
    else visit(node, true)
    if (node.firstChild !== null && !captions.has(node.nodeName.toUpperCase())) {
      node = node.firstChild
      continue
    }
    while (node !== null) {
      if (node.nodeType !== TEXT) visit(node, false)
      if (node === root) return tidied(pieces.join(''))
      if (node.nextSibling !== null) {
        node = node.nextSibling
        break
      }
      node = node.parentNode
    }
  }
  return tidied(pieces.join(''))
}

function tidied(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/(?<=^|\n)[ \t]+(?=\S)/g, (space) => (space.includes('\t') || space.length === 1 ? '' : space))
    .replace(/\n{2,}/g, '\n')
    .trim()
}
