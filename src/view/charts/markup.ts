/** SVG as text: elements, escaped texts, and the frame that every chart has. */

import { cut, type Tone, width } from '../line.ts'

export interface ChartOptions {
  /** Shown above the chart, and read as its name. */
  readonly title: string
  /** The title is not shown, because the page around the chart shows it. */
  readonly isUntitled?: true
  /** Read as its description; by default a sentence with the main numbers. */
  readonly description?: string
  /** Pixels of the whole chart at its natural size; it scales with the page. 640 by 320 by default. */
  readonly width?: number
  readonly height?: number
  /** Begins the ids in the text: charts of one page need different ones. */
  readonly id?: string
}

/** Colors that people with any color vision tell apart (Okabe and Ito 2008), dark enough for a white background and light enough for a black one. */
export const colors: { readonly [T in Tone]: string } = {
  first: '#0072b2',
  second: '#d55e00',
  good: '#009e73',
  busy: '#cc79a7',
  accent: '#56b4e9',
  bad: '#e69f00',
  warn: '#b8860b',
  bold: 'currentColor',
  dim: '#888888',
  selected: 'currentColor',
}

/** Of the letters, in pixels. */
export const size = 12
/** About the width of a character of this size, in pixels. */
export const characterWidth = 6.6
/** Pixels above the drawing, for the title. */
export const top = 40

/** The text of a chart: head, title, description, and what is drawn. `more` are attributes of the head. */
export function chart(
  options: ChartOptions,
  described: string,
  drawn: readonly string[],
  more: Attributes = {},
): string {
  const { title, description = described, width: across = 640, height = 320, id = 'chart' } = options
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${across} ${height}`,
    width: across,
    height,
    role: 'img',
    'aria-labelledby': `${id}-title ${id}-description`,
    'font-family': 'system-ui, sans-serif',
    'font-size': size,
    fill: 'currentColor',
    style: 'max-width: 100%; height: auto',
    ...more,
  }
  return element('svg', attributes, [
    element('title', { id: `${id}-title` }, [escaped(title)]),
    element('desc', { id: `${id}-description` }, [escaped(description)]),
    ...(options.isUntitled
      ? []
      : [
          text(cut(title, Math.floor(across / (characterWidth * 1.3))), 8, 20, { 'font-size': 14, 'font-weight': 600 }),
        ]),
    ...drawn,
  ])
}

/** The words in the middle of a chart without values. */
export function nothing(across: number, height: number): string {
  return text('nothing was measured', across / 2, height / 2, { 'text-anchor': 'middle', opacity: 0.75 })
}

/** Attributes of an element; numbers are written with at most two decimals. */
export type Attributes = Readonly<Record<string, string | number>>

/** A text at a place. */
export function text(content: string, x: number, y: number, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, [escaped(content)])
}

/** An element; `content` is markup already. */
export function element(name: string, attributes: Attributes, content: readonly string[] = []): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? pixels(value) : escaped(value)}"`,
  )
  const open = `<${name}${written.join('')}`
  return content.length === 0 ? `${open}/>` : `${open}>${content.join(name === 'svg' ? '\n' : '')}</${name}>`
}

/** At most two decimals. */
export function pixels(value: number): string {
  return String(Number(value.toFixed(2)))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** `text` as content or attribute: XML has no controls but tab and line breaks, no lone surrogates, and not U+FFFE and U+FFFF. */
export function escaped(content: string): string {
  return content
    .replace(/[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character]!)
}

/** Pixels of the widest of `texts`. */
export function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((each) => width(each) * characterWidth))
}
