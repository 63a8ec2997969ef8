/**
 * Regular expressions that take exponential time: a repetition that can match one text in several ways, before something
 * that can fail, makes an engine that goes back try all of them. `(a+)+$` on thirty a's and a b takes minutes. So do a few repetitions of
 * such a part.
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

/** The repetition of a pattern that takes exponential time on some texts, as it is written; `undefined` if there is none. */
export function exponential(pattern: string): string | undefined {
  let ast: OnigurumaAst
  try {
    ast = parse(pattern)
  } catch {
    // What is wrong with it is found where it is compiled.
    return undefined
  }
  const written = (node: AlternativeElementNode) =>
    generate(createRegex(ast.flags, { body: [createAlternative({ body: [node] })] })).pattern

  /** Looks for one in what is followed by something that can fail, or not. */
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
      // A possessive one gives nothing back, whatever follows.
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

/** Whether it repeats often enough to matter: `(?:.*a){20}` takes the 20th power of a text's length. */
function isMany(node: QuantifierNode): boolean {
  return isUnbounded(node) || node.max > 2
}

/** Whether an element matches at every place, so that what stands before it is never tried again. */
function alwaysMatches(node: AlternativeElementNode): boolean {
  if (node.type === 'Quantifier') return node.min === 0 || alwaysMatches(node.body as AlternativeElementNode)
  if (node.type === 'Group' || node.type === 'CapturingGroup')
    return node.body.some(({ body }) => body.every(alwaysMatches))
  return node.type === 'Directive'
}

/** More copies of a part than this are taken for any number of them. */
const mostCopies = 8

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
        // What an atomic group matched is never divided otherwise.
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
    if (isUnbounded(node) || max > mostCopies) return automaton.repeat(one(), min === 0)
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
