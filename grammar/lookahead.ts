/** Computes Chevrotain's lookahead for a choice of the grammar only when a text first reaches that choice. */

import { type ILookaheadStrategy, LLkLookaheadStrategy } from 'chevrotain'

type ForAlternatives = Parameters<ILookaheadStrategy['buildLookaheadForAlternation']>[0]
type ForOptional = Parameters<ILookaheadStrategy['buildLookaheadForOptional']>[0]
type Choose = ReturnType<ILookaheadStrategy['buildLookaheadForAlternation']>
type Enter = ReturnType<ILookaheadStrategy['buildLookaheadForOptional']>

/** Gives the same results as the strategy it wraps, without its work for choices that a program never reaches. */
export class LazyLookahead implements ILookaheadStrategy {
  private readonly eager: ILookaheadStrategy

  constructor(maxLookahead: number) {
    this.eager = new LLkLookaheadStrategy({ maxLookahead })
  }

  validate(options: Parameters<ILookaheadStrategy['validate']>[0]): ReturnType<ILookaheadStrategy['validate']> {
    return this.eager.validate(options)
  }

  buildLookaheadForAlternation(options: ForAlternatives): Choose {
    const { eager } = this
    let choose: Choose | undefined
    return function (this: unknown, alternatives) {
      choose ??= eager.buildLookaheadForAlternation(options)
      return choose.call(this as never, alternatives)
    }
  }

  buildLookaheadForOptional(options: ForOptional): Enter {
    const { eager } = this
    let enter: Enter | undefined
    return function (this: unknown) {
      enter ??= eager.buildLookaheadForOptional(options)
      return enter.call(this as never)
    }
  }
}
