/** The other nodes of the job that a stage runs in: how an executor tells an engine about them. */

import { isCount, isObject, isText } from './values/shape.ts'

export interface OtherNodes {
  readonly count: number
  /** The name or address by which they reach this node. */
  readonly host: string
  /** The command that starts a program on each of them; the words of the program are added. */
  readonly launch: readonly string[]
  /** The variable with the number of its node, counted from 0, in the environment of that program. */
  readonly variable: string
}

const variable = 'LLMPIPE_OTHER_NODES'

/** The variables by which a process learns of the other nodes. */
export function otherNodesVariables(nodes: OtherNodes): NodeJS.ProcessEnv {
  return { [variable]: JSON.stringify(nodes) }
}

/** The other nodes of this process; `undefined` if there are none. */
export function otherNodesIn(environment: NodeJS.ProcessEnv): OtherNodes | undefined {
  const text = environment[variable]
  if (text === undefined || text === '') return undefined
  const value: unknown = JSON.parse(text)
  const isRight =
    isObject(value) &&
    isCount(value.count) &&
    isText(value.host) &&
    isText(value.variable) &&
    Array.isArray(value.launch) &&
    value.launch.every(isText)
  if (!isRight) throw new Error(`${variable} does not describe nodes: ${text}`)
  return value as unknown as OtherNodes
}
