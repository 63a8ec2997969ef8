/**
 * The ids of nodes: the name bound in the file, or the enclosing declaration with the kind (`base.encode`). Edits of other
 * declarations do not change an id: numbers only distinguish nodes of the same declaration and kind.
 */

import type { Expectation } from '../language/2-check/results/expectation.ts'
import type { CheckedCall, TypedProgram } from '../language/program.ts'
import type { Pass } from './fuse.ts'

/** The unique id of every pass, in their order. */
export function nameAll(passes: readonly Pass[], program: TypedProgram): string[] {
  const taken = new Set<string>()
  // The next number to try behind each name that is taken.
  const numbers = new Map<string, number>()
  const ids = new Map<Pass, string>()
  const give = (pass: Pass, wanted: string, join: string) => {
    let id = wanted
    let n = numbers.get(wanted) ?? 2
    for (; taken.has(id); n++) id = `${wanted}${join}${n}`
    numbers.set(wanted, n)
    taken.add(id)
    ids.set(pass, id)
  }
  // Names come first, those of the program before those of imported files, since people type them.
  const named = passes.filter((pass) => lastOf(pass).names.length > 0)
  const isOurs = (pass: Pass) => lastOf(pass).at.file === program.file
  for (const pass of [...named.filter(isOurs), ...named.filter((each) => !isOurs(each))])
    give(pass, lastOf(pass).names.join(','), '_')
  const nameOf = (call: number) => program.calls[call]?.names
  for (const pass of passes) if (!ids.has(pass)) give(pass, unnamed(pass, nameOf), isWords(pass) ? ' ' : '')
  return passes.map((pass) => ids.get(pass) ?? '')
}

/** The last call of a pass, whose output is the output of the pass. */
export function lastOf(pass: Pass): CheckedCall {
  return pass.at(-1) ?? pass[0]
}

/** Whether a pass is an expectation or an export. These declarations have no name, so their id is their text. */
function isWords([{ kind }]: Pass): boolean {
  return kind === 'expect' || kind === 'export'
}

function unnamed(pass: Pass, nameOf: (call: number) => readonly string[] | undefined): string {
  const [first] = pass
  const { params, inputs, within } = first
  if (first.kind === 'expect') {
    const of = inputs.of ?? []
    const metrics = metricsIn(params.test as unknown as Expectation).map(({ input, name, $name = name }) => {
      const ref = of[input]
      return `${ref === undefined ? '' : nameOfOutput(ref, nameOf)}.${$name}`
    })
    return `expect ${[...new Set(metrics)].join(', ')}`
  }
  if (first.kind === 'export') {
    const [ref] = Object.values(inputs).flat()
    return `export ${ref === undefined ? '' : nameOfOutput(ref, nameOf)}`
  }
  const kind = first.kind === 'filter' && typeof params.$name === 'string' ? params.$name : first.kind
  return `${within}.${kind}`
}

/** The name of an output. If a call is bound to several names, these are also the names of its outputs. */
function nameOfOutput(
  ref: { readonly call: number; readonly output: string },
  nameOf: (call: number) => readonly string[] | undefined,
): string {
  const names = nameOf(ref.call) ?? []
  return (names.length > 1 ? names.find((name) => name === ref.output) : names[0]) ?? names.join(',')
}

/** The metrics that an expectation reads, from left to right. */
export function metricsIn(test: Expectation): Extract<Expectation, { op: 'metric' }>[] {
  switch (test.op) {
    case 'metric':
      return [test]
    case 'literal':
      return []
    case 'not':
    case 'negate':
      return metricsIn(test.of)
    case 'between':
      return [test.of, test.from, test.to].flatMap(metricsIn)
    default:
      return [test.left, test.right].flatMap(metricsIn)
  }
}
