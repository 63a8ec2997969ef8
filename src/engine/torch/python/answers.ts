/** The answers of the probe script, which come from another program: everything about them is checked. */

import { isCount, isNumber, isText, listOf, oneOf, optional, type Shape, shape } from '../../../core/values/shape.ts'
import { answerMark } from './probe-script.ts'
import type { TorchDevice } from './torch-python.ts'

/** The first answer, before torch is imported. */
export interface AboutPython {
  /** The interpreter; empty if it does not know itself. */
  readonly executable: string
  readonly python: string
  /** The width of an address. */
  readonly bits: number
}

/** The second answer, if torch was imported. */
export interface AboutTorch {
  readonly torch: string
  readonly file: string
  readonly cuda: string | null
  readonly hip: string | null
  readonly devices: readonly TorchDevice[]
  readonly trouble?: string
}

/** The second answer, if torch was not imported. */
export interface Failure {
  /** Whether there is no torch at all. */
  readonly missing: boolean
  /** The error. */
  readonly broken: string
}

/** The objects of the lines that begin with the mark. */
export function answersIn(stdout: string): unknown[] {
  return stdout.split(/\r?\n/).flatMap((line) => {
    if (!line.startsWith(answerMark)) return []
    try {
      return [JSON.parse(line.slice(answerMark.length)) as unknown]
    } catch {
      return []
    }
  })
}

const isTextOrNull: Shape<string | null> = (value): value is string | null => value === null || isText(value)

const isFlag: Shape<boolean> = (value): value is boolean => typeof value === 'boolean'

export const isDevice = shape<TorchDevice>({
  kind: oneOf('cpu', 'cuda', 'mps'),
  name: isText,
  memory: optional(isNumber),
  capability: optional(isText),
})

export const isAboutPython = shape<AboutPython>({ executable: isText, python: isText, bits: isCount })

export const isFailure = shape<Failure>({ missing: isFlag, broken: isText })

export const isAboutTorch = shape<AboutTorch>({
  torch: isText,
  file: isText,
  cuda: isTextOrNull,
  hip: isTextOrNull,
  devices: listOf(isDevice),
  trouble: optional(isText),
})
