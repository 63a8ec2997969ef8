/** The module `llmpipe` that files of custom stages import, at run time. Its types are in llmpipe.d.ts. */

import { StageError } from '../core/failure.ts'
import type { Definition } from './definition.ts'
import type * as Public from './llmpipe.d.ts'

export { StageError }

/** Marks the stages that `defineStage` returned, in whichever copy of llmpipe. */
const mark = Symbol.for('llmpipe.stage')

export const defineStage: typeof Public.defineStage = (definition: object) =>
  Object.freeze({ ...definition, [mark]: true }) as unknown as Public.Stage

export const defineStep: typeof Public.defineStep = ({ map, ...described }) =>
  defineStage({
    ...described,
    inputs: { docs: { kinds: ['Docs'], description: 'The documents.' } },
    output: 'Docs',
    async run({ inputs, settings, output, drop }) {
      for await (const doc of inputs.docs) {
        const made = await map(doc, settings as never)
        if (made === undefined) drop(doc, 'left out')
        else for (const each of Array.isArray(made) ? made : [made]) output.write(each)
      }
    },
  })

/** The definition of an export of a file; `undefined` if the export is not a stage. */
export function definitionOf(exported: unknown): Definition | undefined {
  const isStage = exported !== null && typeof exported === 'object' && mark in exported
  return isStage ? (exported as unknown as Definition) : undefined
}

/** The global by which a bundle finds the module `llmpipe` of the llmpipe that runs it. */
const place = Symbol.for('llmpipe')

/** Provides the module `llmpipe` to the bundles that this process loads from now on. */
export function provideApi(): void {
  Reflect.set(globalThis, place, { defineStage, defineStep, StageError })
}

/** The module that stands in for `llmpipe` in bundles. */
export const standIn = 'export const { defineStage, defineStep, StageError } = globalThis[Symbol.for("llmpipe")]\n'
