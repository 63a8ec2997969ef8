/** Weights that a training leaves as they are, chosen by parts of their names. */

import { nearest } from '../../../grammar/nearest.ts'
import { meanings, normNames } from './their-names.ts'

/**
 * The names among `all` that `patterns` choose. A pattern is one or more parts of a dotted name, in sequence and anywhere in the name:
 * `attention.q` chooses `layers.3.attention.q.weight`, `layers.0` all of the first layer, `layers.0-3` the first four. `*` stands for any
 * characters of a part. Parts that no name has are read as Hugging Face's: `self_attn.q_proj`.
 */
export function chosenBy(all: readonly string[], patterns: readonly string[]): string[] {
  const wanted = new Set(patterns.flatMap((pattern) => chosen(all, pattern)))
  return all.filter((name) => wanted.has(name))
}

/** The patterns that choose none of the names, or of whose ranges an end chooses none. */
export function patternsOfNothing(all: readonly string[], patterns: readonly string[]): string[] {
  return patterns.filter((pattern) => endsOf(pattern).some((each) => chosen(all, each).length === 0))
}

/** The names for messages, each once: `layers.*.attention.q` stands for those of all layers, and endings like `.weight` are left out. */
export function namesInWords(all: readonly string[]): string {
  const stems = all.map((name) => name.replace(/\.weight$/, '').replace(/(^|\.)\d+(?=\.|$)/g, '$1*'))
  return [...new Set(stems)].join(', ')
}

/** The way out for patterns that choose nothing: what they most likely mean, the layers that there are, and all names. */
export function freezeHelp(all: readonly string[], unknown: readonly string[]): string {
  const near = unknown.flatMap((pattern) => {
    const meant = meantBy(all, pattern)
    return meant === undefined ? [] : [`\`${meant}\``]
  })
  const question = near.length === 0 ? '' : `Did you mean ${near.join(' and ')}? `
  const layers = all.flatMap((name) => /^layers\.(\d+)\./.exec(name)?.[1] ?? []).map(Number)
  const most = unknown.some((pattern) => /\d/.test(pattern)) && layers.length > 0 ? Math.max(...layers) : undefined
  const range = most === undefined ? '' : `The layers are layers.0 to layers.${most}. `
  return `${question}${range}It has ${namesInWords(all)}.`
}

/** The pattern with each unknown part replaced by the known part that is nearest; `undefined` if that chooses nothing either. */
function meantBy(all: readonly string[], pattern: string): string | undefined {
  const known = new Set(all.flatMap((name) => name.split('.')))
  const parts = pattern.split('.').map((part) => {
    if (known.has(part) || /[*\d]/.test(part)) return part
    return nearest(part, known) ?? part
  })
  const meant = parts.join('.')
  return meant !== pattern && chosen(all, meant).length > 0 ? meant : undefined
}

function chosen(all: readonly string[], pattern: string): string[] {
  const named = (each: string) => {
    const expression = expressionOf(each)
    return all.filter((name) => expression.test(name))
  }
  const own = named(pattern)
  return own.length > 0 ? own : meanings(pattern, normNames(all)).flatMap(named)
}

/** The patterns for the first and the last number of each range of a pattern; the pattern itself if it has none. */
function endsOf(pattern: string): string[] {
  if (!/(^|\.)\d+-\d+(\.|$)/.test(pattern)) return [pattern]
  const end = (which: 1 | 2) =>
    pattern
      .split('.')
      .map((part) => /^(\d+)-(\d+)$/.exec(part)?.[which] ?? part)
      .join('.')
  return [pattern, end(1), end(2)]
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split('.').map((part) => {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(part) ?? []
    if (first !== undefined && last !== undefined)
      return `(?:${[part, ...numbersBetween(Number(first), Number(last))].join('|')})`
    return part.split('*').map(escaped).join('[^.]*')
  })
  return new RegExp(`(^|\\.)${parts.join('\\.')}(\\.|$)`)
}

/** The most layers of a range. A larger range is a slip: it is cut, so that its last number chooses nothing. */
const maxRange = 10_000

/** The numbers of a range; none if they are in the wrong order. */
function numbersBetween(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, Math.min(last - first + 1, maxRange)) }, (_, i) => first + i)
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
