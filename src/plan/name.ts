/**
 * The ids of nodes: the name bound in the file, or the enclosing declaration and the argument that the node makes (`base.on`,
 * `base.validate`). The steps of a pipeline have their kinds (`prose.dedup`, `base.on.dedup`). Edits of other declarations do not change an
 * id: numbers only distinguish nodes of the same declaration, argument and kind.
 */

import type { Catalogue, StageKind } from '../core/kind/kind.ts'
import type { Expectation } from '../language/2-check/results/expectation.ts'
import { type CheckedCall, kindOf, type TypedProgram } from '../language/program.ts'
import type { Pass } from './fuse.ts'

/** The unique id of every pass, in their order. */
export function nameAll(passes: readonly Pass[], program: TypedProgram, catalogue: Catalogue): string[] {
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
  const unnamed = namesOfInner(passes, program, catalogue)
  for (const pass of passes)
    if (!ids.has(pass)) give(pass, unnamed.get(pass) ?? inWords(pass, nameOf), isWords(pass) ? ' ' : '')
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

/** The name of each pass whose output nothing binds: its declaration, the arguments that it is a part of, and its kind if it is not one of them. */
function namesOfInner(passes: readonly Pass[], program: TypedProgram, catalogue: Catalogue): ReadonlyMap<Pass, string> {
  const takers = takersOf(passes, program)
  const names = new Map<Pass, string>()
  // The arguments behind the name of the declaration: `.on`. Every pass is before the one that takes it.
  const paths = new Map<Pass, string>()
  for (const pass of passes.toReversed()) {
    if (lastOf(pass).names.length > 0 || isWords(pass)) continue
    const taker = takers.get(pass)
    const around = (taker && paths.get(taker.pass)) ?? ''
    const isArgument = taker !== undefined && !isPiped(taker, kindOf(taker.call, catalogue))
    const path = isArgument ? `${around}.${taker.role}` : around
    paths.set(pass, path)
    names.set(pass, `${lastOf(pass).within}${path}${isArgument ? '' : `.${kindName(pass)}`}`)
  }
  return names
}

/** Whether a call takes an output as that which it works on, as behind `|>`, or as one of a list: its role says nothing. */
function isPiped({ role }: Taker, kind: StageKind | undefined): boolean {
  return role === kind?.positional[0] || role === kind?.rest
}

/** The text of an expectation or an export. */
function inWords([first]: Pass, nameOf: (call: number) => readonly string[] | undefined): string {
  const { params, inputs, within } = first
  if (first.kind === 'expect') {
    const of = inputs.of ?? []
    const metrics = metricsIn(params.test as unknown as Expectation).map(({ input, name, $name = name }) => {
      const ref = of[input]
      return `${ref === undefined ? '' : nameOfOutput(ref, nameOf)}.${$name}`
    })
    return metrics.length === 0 ? `${within}` : `expect ${[...new Set(metrics)].join(', ')}`
  }
  const [ref] = Object.values(inputs).flat()
  return `export ${ref === undefined ? '' : nameOfOutput(ref, nameOf)}`
}

/** The kind of the first call of a pass, or the name of the filter that it applies. */
function kindName([{ kind, params }]: Pass): string {
  return kind === 'filter' && typeof params.$name === 'string' ? params.$name : kind
}

interface Taker {
  readonly pass: Pass
  readonly call: CheckedCall
  readonly role: string
}

/** The first call of the same declaration that takes the output of each pass, and as what. Expectations and exports do not count. */
function takersOf(passes: readonly Pass[], { calls }: TypedProgram): ReadonlyMap<Pass, Taker> {
  const ofCall = new Map(passes.flatMap((pass) => pass.map(({ index }) => [index, pass] as const)))
  const takers = new Map<Pass, Taker>()
  const declarationOf = ({ variant, within }: CheckedCall) => variant?.of ?? within
  for (const call of calls) {
    if (isWords([call])) continue
    for (const [role, refs] of Object.entries(call.inputs))
      for (const ref of refs) {
        const [pass, taking] = [ofCall.get(ref.call), ofCall.get(call.index)]
        if (pass === undefined || taking === undefined || pass === taking || takers.has(pass)) continue
        if (declarationOf(lastOf(pass)) === declarationOf(call)) takers.set(pass, { pass: taking, call, role })
      }
  }
  return takers
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
    case 'texts':
    case 'same':
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
