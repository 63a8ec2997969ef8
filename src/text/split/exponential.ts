/**
 * Finds regular expressions that take exponential time. If a repetition can match a text in several ways, and something after it can fail,
 * then a backtracking engine tries all ways: `(a+)+$` takes minutes on thirty a's and a b. A few copies of such a part do the same.
 */

import { generate } from 'oniguruma-parser/generator'
import {
  type AlternativeElementNode,
  type AlternativeNode,
  createAlternative,
  createRegex,
  type OnigurumaAst,
  parse,
  type QuantifierNode,
} from 'oniguruma-parser/parser'
import { Automaton, type Part } from './automaton.ts'

/** The source of a repetition that takes exponential time on some texts; `undefined` if the pattern has none. */
export function exponential(pattern: string): string | undefined {
  let ast: OnigurumaAst
  try {
    ast = parse(pattern)
  } catch {
    // The compilation reports the error.
    return undefined
  }
  const written = (node: AlternativeElementNode) =>
    generate(createRegex(ast.flags, { body: [createAlternative({ body: [node] })] })).pattern

  /** Searches alternatives. `canFail`: whether something after them can fail. */
  const inAlternatives = (body: readonly AlternativeNode[], canFail: boolean): string | undefined => {
    for (const { body: elements } of body) {
      let failing = canFail
      for (const element of [...elements].reverse()) {
        const found = inElement(element, failing)
        if (found !== undefined) return found
        failing ||= !alwaysMatches(element)
      }
    }
    return undefined
  }
  const inElement = (node: AlternativeElementNode, canFail: boolean): string | undefined => {
    if (node.type === 'Quantifier') {
      // A possessive repetition never backtracks.
      const failing = (canFail || node.min > 1) && node.kind !== 'possessive'
      if (failing && isMany(node) && isAmbiguous(node, written)) return written(node)
      return inElement(node.body as AlternativeElementNode, failing)
    }
    if (node.type === 'LookaroundAssertion') return inAlternatives(node.body, false)
    if (node.type === 'Group') return inAlternatives(node.body, canFail && node.atomic !== true)
    return node.type === 'CapturingGroup' ? inAlternatives(node.body, canFail) : undefined
  }
  try {
    return inAlternatives(ast.body, false)
  } catch {
    return undefined
  }
}

function isUnbounded({ max }: QuantifierNode): boolean {
  return max === null || max === Number.POSITIVE_INFINITY
}

/** Whether an element repeats often enough to matter: `(?:.*a){20}` takes the 20th power of the length of the text. */
function isMany(node: QuantifierNode): boolean {
  return isUnbounded(node) || node.max > 2
}

/** Whether an element matches at every position, so that elements before it never backtrack. */
function alwaysMatches(node: AlternativeElementNode): boolean {
  if (node.type === 'Quantifier') return node.min === 0 || alwaysMatches(node.body as AlternativeElementNode)
  if (node.type === 'Group' || node.type === 'CapturingGroup')
    return node.body.some(({ body }) => body.every(alwaysMatches))
  return node.type === 'Directive'
}

/** The largest number of copies of a part that is analyzed as written; more copies count as an unlimited repetition. */
const maxCopies = 8

function isAmbiguous(node: QuantifierNode, written: (node: AlternativeElementNode) => string): boolean {
  const automaton = new Automaton()

  const alternatives = (body: readonly AlternativeNode[]): Part =>
    body.map(({ body: elements }) => sequence(elements)).reduce((a, b) => automaton.either(a, b))
  const sequence = (elements: readonly AlternativeElementNode[]): Part =>
    elements.map(element).reduce((a, b) => automaton.oneAfterAnother(a, b), automaton.nothing())
  const element = (node: AlternativeElementNode): Part => {
    switch (node.type) {
      case 'Character':
      case 'CharacterClass':
        return automaton.character(written(node))
      case 'CharacterSet':
        return automaton.character(node.variableLength === true ? undefined : written(node))
      case 'Group':
        // An atomic group never backtracks into itself.
        return node.atomic === true ? automaton.character(undefined) : alternatives(node.body)
      case 'CapturingGroup':
        return alternatives(node.body)
      case 'Quantifier':
        return node.kind === 'possessive' ? automaton.character(undefined) : repetition(node)
      default:
        return automaton.nothing()
    }
  }
  const repetition = (node: QuantifierNode): Part => {
    const one = () => element(node.body as AlternativeElementNode)
    const { min, max } = node
    if (isUnbounded(node) || max > maxCopies) return automaton.repeat(one(), min === 0)
    let rest = automaton.nothing()
    for (let copy = max; copy > 0; copy--) {
      const some = automaton.oneAfterAnother(one(), rest)
      rest = copy > min ? automaton.optional(some) : some
    }
    return rest
  }
  repetition({ ...node, max: Number.POSITIVE_INFINITY })
  return automaton.isExponentiallyAmbiguous()
}
