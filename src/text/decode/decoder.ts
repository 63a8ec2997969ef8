/** Decoders: ids to text, all at once or one at a time. */

import { StageError } from '../../core/failure.ts'

/** Receives the ids of a text one at a time. */
export interface TextStream {
  /** Adds a token, and returns the text that is complete now; `''` in the middle of a character. */
  push(id: number): string
  /** Ends the stream, and returns the rest of the text. */
  end(): string
}

export interface Decoder {
  /** The text of a sequence of ids. */
  decode(ids: ArrayLike<number>): string
  stream(): TextStream
}

/**
 * A step of a decoder, which receives the texts of tokens in order and returns texts. The concatenation of the texts of the last step is
 * the decoded text.
 */
export interface DecodeStep {
  /** Begins a text. */
  start(): Flow
  /** Whether the step makes one text of all tokens, which its flow returns in parts. */
  readonly fuses?: boolean
  /** Begins a text that arrives in parts of one token; without it, the step waits for all parts. */
  inParts?(): Flow
  /** The text of a token in the middle of others, for the bytes of a single token. */
  middle(token: string): string
}

/** One text on its way through a step. */
export interface Flow {
  push(token: string): readonly string[]
  end(): readonly string[]
}

/** A decoder whose tokens, at the index of their id, pass through steps. `undefined` is an id without a token, which has no text. */
export function chainDecoder(tokens: readonly (string | undefined)[], steps: readonly DecodeStep[]): Decoder {
  const stream = (): TextStream => {
    const flows = started(steps)
    const through = (texts: readonly string[], from: number): string => {
      let out = texts
      for (let step = from; step < flows.length; step++) out = out.flatMap((text) => flows[step]!.push(text))
      return out.join('')
    }
    return {
      push(id) {
        if (!(id >= 0 && id < tokens.length)) throw noSuchId(id, tokens.length)
        const token = tokens[id]
        return token === undefined ? '' : through([token], 0)
      },
      end() {
        let rest = ''
        for (const [step, flow] of flows.entries()) rest += through(flow.end(), step + 1)
        return rest
      },
    }
  }
  return {
    stream,
    decode(ids) {
      const one = stream()
      let text = ''
      for (let i = 0; i < ids.length; i++) text += one.push(ids[i]!)
      return text + one.end()
    },
  }
}

/** The flows of steps. After a step that fuses, a text is one token that arrives in parts. */
function started(steps: readonly DecodeStep[]): Flow[] {
  let fused = false
  return steps.map((step) => {
    const flow = !fused ? step.start() : step.inParts === undefined ? collected(step) : step.inParts()
    fused ||= step.fuses === true
    return flow
  })
}

/** A flow that waits for all parts of a token. */
function collected(step: DecodeStep): Flow {
  let whole = ''
  return {
    push(part) {
      whole += part
      return []
    },
    end() {
      const flow = step.start()
      return [...flow.push(whole), ...flow.end()]
    },
  }
}

/** The error for an id that a tokenizer does not have. */
export function noSuchId(id: number, size: number): StageError {
  return new StageError(
    'no-such-token',
    `there is no token ${id}: this tokenizer has the ids 0 to ${size - 1}`,
    'The tokens were made with another tokenizer.',
  )
}
