/** The step `c4_lines`: keeps the lines that C4 keeps (Raffel et al. 2020, section 2.2; the thresholds of its published code). */

import type { Note, RuleCount } from '../ledger.ts'
import { splitLines } from '../metrics/page.ts'
import { separateWords } from '../words/segment.ts'
import type { StepMaker } from './step.ts'

interface C4Params {
  readonly min_words: number
  readonly max_word_length: number
  readonly terminal_punctuation: boolean
  readonly javascript: boolean
  readonly policy: boolean
  readonly citations: boolean
  readonly lorem_ipsum: boolean
  readonly curly_brackets: boolean
}

/** Citation marks of Wikipedia: [1], [edit], [citation needed]. */
const citation = /\[\d*\]|\[edit\]|\[citation needed\]/g

const policy = /terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies/i

/** Reasons to drop a line. */
const reasons = ['without an end mark', 'of too few words', 'with a word too long', 'javascript', 'policy'] as const
type Reason = (typeof reasons)[number]

/** Reasons to drop the whole page of a line. */
const pageRules = ['lorem ipsum', 'a curly bracket'] as const
type PageRule = (typeof pageRules)[number]

export const c4Lines: StepMaker = (params, book) => {
  const settings = params as unknown as C4Params
  const note: Note = ({ counts }) =>
    Object.entries(counts)
      .flatMap(([why, lines]) => (lines > 0 ? [`${lines} lines ${why}`] : []))
      .join(', ')
  const change = book.step('c4_lines', note, reasons)
  const dropped: Partial<Record<PageRule, RuleCount>> = {}
  if (settings.lorem_ipsum) dropped['lorem ipsum'] = book.rule('c4_lines: lorem ipsum')
  if (settings.curly_brackets) dropped['a curly bracket'] = book.rule('c4_lines: a curly bracket')
  /** The line to keep, or the reason to drop the line or its page. The order of the tests is that of C4's published code. */
  const judge = (raw: string): { readonly line: string } | { readonly page: PageRule } | Reason => {
    const trimmed = raw.trim()
    const words = separateWords(trimmed)
      .split(/\s+/)
      .filter((word) => word !== '')
    if (words.some((word) => word.length > settings.max_word_length)) return 'with a word too long'
    const line = settings.citations ? trimmed.replace(citation, '') : trimmed
    if (settings.terminal_punctuation && (!/[.?!"']$/.test(line) || line.endsWith('...'))) return 'without an end mark'
    if (words.length < settings.min_words) return 'of too few words'
    if (settings.lorem_ipsum && /lorem ipsum/i.test(line)) return { page: 'lorem ipsum' }
    if (settings.javascript && /javascript/i.test(line)) return 'javascript'
    if (settings.curly_brackets && line.includes('{')) return { page: 'a curly bracket' }
    if (settings.policy && policy.test(line)) return 'policy'
    return { line }
  }
  return (document) => {
    const kept: string[] = []
    const without: Reason[] = []
    for (const raw of splitLines(document.text)) {
      const judged = judge(raw)
      if (typeof judged === 'string') without.push(judged)
      else if ('line' in judged) kept.push(judged.line)
      else {
        dropped[judged.page]?.drop(document, () => raw.trim())
        return false
      }
    }
    for (const reason of without) change.count(reason)
    const text = kept.join('\n').trim()
    if (text !== document.text) {
      change.documents++
      document.replaceText(text)
    }
    return true
  }
}
