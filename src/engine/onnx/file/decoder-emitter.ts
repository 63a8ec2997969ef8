/** Emits the nodes of a decoder whose batch, tokens and past are open: sizes and masks are computed in the ONNX graph. */

import type { Dim } from '../../../model/ops.ts'
import { masked } from '../../../model/ops.ts'
import { Emitter, type Name } from '../emitter.ts'
import { onnxType, tensorProto } from '../protobuf.ts'

/** A value in the ONNX graph, with its shape in the tensor graph. */
export interface Value {
  readonly name: Name
  readonly shape: readonly Dim[]
}

/** The names of the inputs. */
export const inputNames = { tokens: 'input_ids', mask: 'attention_mask', positions: 'position_ids' } as const

export class DecoderEmitter extends Emitter {
  /** The shape as a list in the ONNX graph. `from` is the shape of the value that gets it: its sizes at the same places are copied. */
  shapeFor(shape: readonly Dim[], from: readonly Dim[] = []): Name {
    const open = shape.filter((dim, i) => typeof dim === 'string' && dim !== from[i])
    // 0 copies the size of the value, and −1 is what is left.
    if (open.length <= 1)
      return this.ints(shape.map((dim, i) => (typeof dim === 'number' ? dim : dim === from[i] ? 0 : -1)))
    return this.node(
      'Concat',
      shape.map((dim) => this.size(dim)),
      { axis: { int: 0 } },
    )
  }

  /** The shape as a list of sizes, each of them known in the ONNX graph. */
  fullShape(shape: readonly Dim[]): Name {
    if (shape.every((dim) => typeof dim === 'number')) return this.ints(shape)
    return this.node(
      'Concat',
      shape.map((dim) => this.size(dim)),
      { axis: { int: 0 } },
    )
  }

  /** A size as a list of one number. */
  size(dim: Dim): Name {
    if (typeof dim === 'number') return this.ints([dim])
    if (dim === 'batch') return this.#sizeOf(inputNames.tokens, 0)
    if (dim === 'time') return this.#sizeOf(inputNames.tokens, 1)
    throw new Error(`the size \`${dim}\` is not known in a decoder`)
  }

  /** How many tokens there are with those of the past, as a list of one number. */
  total(): Name {
    return this.#sizeOf(inputNames.mask, 1)
  }

  #sizeOf(input: Name, axis: number): Name {
    return this.node('Shape', [input], { start: { int: axis }, end: { int: axis + 1 } })
  }

  cast(x: Name, type: keyof typeof onnxType): Name {
    return this.node('Cast', [x], { to: { int: onnxType[type] } })
  }

  unsqueeze(x: Name, axes: readonly number[]): Name {
    return this.node('Unsqueeze', [x, this.ints(axes)])
  }

  /** A part of one axis. */
  slice(x: Name, axis: number, start: number, end: number): Name {
    return this.node('Slice', [x, this.ints([start]), this.ints([end]), this.ints([axis])])
  }

  /** A tensor of the shape that `shape` lists, all of `value`. */
  filled(shape: Name, value: number): Name {
    const tensor = tensorProto('', 'float32', [1], Float32Array.of(value))
    return this.node('ConstantOfShape', [shape], { value: { tensor } })
  }

  /**
   * Logits [batch, heads, time, total] with those of hidden keys made so low that softmax gives 0: keys after the query, those `window` or more before it, and
   * those where `attention_mask` is 0.
   */
  hidden(logits: Name, window: number | undefined): Name {
    const zero = this.#int(0)
    const one = this.#int(1)
    const [time, total] = [this.size('time'), this.total()].map((size) => this.node('Squeeze', [size]))
    const places = (from: Name, to: Name) => this.node('Range', [from, to, one])
    const queries = this.unsqueeze(places(this.node('Sub', [total!, time!]), total!), [1])
    const keys = this.unsqueeze(places(zero, total!), [0])
    const seen = [this.node('LessOrEqual', [keys, queries])]
    if (window !== undefined) seen.push(this.node('Greater', [keys, this.node('Sub', [queries, this.#int(window)])]))
    seen.push(this.unsqueeze(this.cast(inputNames.mask, 'bool'), [1, 2]))
    const visible = seen.reduce((all, each) => this.node('And', [all, each]))
    return this.node('Where', [visible, logits, this.scalar(masked)])
  }

  #int(value: number): Name {
    return this.node('Squeeze', [this.ints([value])])
  }
}
