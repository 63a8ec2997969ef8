/** What files of stages import as `llmpipe`: their runtime half. The types they see are in llmpipe.d.ts. */

import { StageError } from '../core/failure.ts'
import type { Definition } from './definition.ts'
import type * as Public from './llmpipe.d.ts'

export { StageError }

/** Marks what `defineStage` made, whichever copy of llmpipe did. */
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

/** The definition in something that a file exports; nothing where that is no stage. */
export function definitionOf(exported: unknown): Definition | undefined {
  const isStage = exported !== null && typeof exported === 'object' && mark in exported
  return isStage ? (exported as unknown as Definition) : undefined
}

/** Where the code of a bundle finds what it imports as `llmpipe`: it is to be of the llmpipe that runs it. */
const place = Symbol.for('llmpipe')

/** Hands `llmpipe` to bundles that are loaded from now on. */
export function provideApi(): void {
  Reflect.set(globalThis, place, { defineStage, defineStep, StageError })
}

/** The module that bundles have in the place of `llmpipe`. */
export const standIn = 'export const { defineStage, defineStep, StageError } = globalThis[Symbol.for("llmpipe")]\n'
