/** Draws the next token from a model's logits. */

import type { Random } from '../../core/values/random.ts'

export interface Sampling {
  /** Logits are divided by it; 0 always takes the most likely token. */
  readonly temperature: number
  /** top-k: keeps the k most likely tokens (Fan et al. 2018); 0 keeps all. */
  readonly topK: number
  /** top-p: keeps the most likely tokens that together have this probability (Holtzman et al. 2020); 1 keeps all. */
  readonly topP: number
  /** min-p: keeps tokens whose probability is at least this fraction of the most likely token's (Nguyen et al. 2024); 0 keeps all. */
  readonly minP: number
  /** Logits of tokens in the text so far are divided by it, or multiplied if negative (Keskar et al. 2019); 1 changes nothing. */
  readonly repetitionPenalty: number
}

/** Draws from the whole distribution of the model. */
export const plainSampling: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 }

/**
 * Draws an id from logits, in the order of Hugging Face's transformers: the penalty on ids in `seen`, the temperature, top-k, then
 * top-p and min-p, each of the tokens that remain. Of equally likely ids the lower comes first.
 */
export function sample(logits: Float32Array, sampling: Sampling, random: Random, seen: Iterable<number> = []): number {
  const scores = sampling.repetitionPenalty === 1 ? logits : penalized(logits, seen, sampling.repetitionPenalty)
  if (sampling.temperature === 0) return likeliest(scores)
  const { ids, weights } = candidates(scores, sampling)
  return draw(ids, weights, random)
}

/** log softmax(logits / temperature)[id], in nats; a temperature of 0 counts as 1. */
export function logProbability(logits: Float32Array, id: number, temperature: number): number {
  const scale = temperature === 0 ? 1 : 1 / temperature
  const highest = logits[likeliest(logits)]!
  let total = 0
  for (let i = 0; i < logits.length; i++) total += Math.exp((logits[i]! - highest) * scale)
  return (logits[id]! - highest) * scale - Math.log(total)
}

function penalized(logits: Float32Array, seen: Iterable<number>, penalty: number): Float32Array {
  const scores = logits.slice()
  for (const id of new Set(seen)) scores[id] = logits[id]! > 0 ? logits[id]! / penalty : logits[id]! * penalty
  return scores
}

function likeliest(logits: Float32Array): number {
  let best = 0
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i
  return best
}

interface Candidates {
  readonly ids: Uint32Array
  /** Proportional to their probabilities. */
  readonly weights: Float64Array
}

/** The ids that may be drawn: all in their order, or, if some are left out, the most likely first. */
function candidates(logits: Float32Array, { temperature, topK, topP, minP }: Sampling): Candidates {
  const highest = logits[likeliest(logits)]!
  const narrowed = topK > 0 && topK < logits.length
  let ids = narrowed ? atLeast(logits, kthLargest(logits, topK)) : allBelow(logits.length)
  let weights = weigh(logits, ids, highest, temperature)
  if (!narrowed && topP === 1 && minP === 0) return { ids, weights }
  const total = narrowed ? undefined : sum(weights)
  if (total !== undefined && topP < 1) {
    // n ids, each less likely than (1 − p)/n, have less than 1 − p together, so none of them is among the most likely of mass p.
    const min = (total * (1 - topP)) / ids.length
    ids = ids.filter((id) => weights[id]! >= min || weights[id] === 1)
  }
  ids.sort((a, b) => logits[b]! - logits[a]! || a - b)
  if (narrowed) ids = ids.subarray(0, topK)
  weights = weigh(logits, ids, highest, temperature)
  let count = ids.length
  if (topP < 1) {
    const mass = topP * (total ?? sum(weights))
    count = 0
    for (let before = 0; count < ids.length && (count === 0 || before < mass); count++) before += weights[count]!
  }
  // The most likely id has weight 1.
  while (count > 1 && weights[count - 1]! < minP) count--
  return { ids: ids.subarray(0, count), weights: weights.subarray(0, count) }
}

function weigh(logits: Float32Array, ids: Uint32Array, highest: number, temperature: number): Float64Array {
  const weights = new Float64Array(ids.length)
  for (let i = 0; i < ids.length; i++) weights[i] = Math.exp((logits[ids[i]!]! - highest) / temperature)
  return weights
}

function allBelow(count: number): Uint32Array<ArrayBuffer> {
  const ids = new Uint32Array(count)
  for (let i = 0; i < count; i++) ids[i] = i
  return ids
}

function draw(ids: Uint32Array, weights: Float64Array, random: Random): number {
  let left = random.uniform() * sum(weights)
  for (let i = 0; i < ids.length; i++) {
    left -= weights[i]!
    if (left < 0) return ids[i]!
  }
  return ids.at(-1)!
}

function sum(numbers: Float64Array): number {
  let total = 0
  for (let i = 0; i < numbers.length; i++) total += numbers[i]!
  return total
}

function atLeast(logits: Float32Array, bound: number): Uint32Array<ArrayBuffer> {
  const ids: number[] = []
  for (let i = 0; i < logits.length; i++) if (logits[i]! >= bound) ids.push(i)
  return Uint32Array.from(ids)
}

/** The k-th largest number, with a heap of the k largest numbers so far, the smallest on top. */
function kthLargest(numbers: Float32Array, k: number): number {
  const heap = numbers.slice(0, k).sort()
  for (let i = k; i < numbers.length; i++) {
    const x = numbers[i]!
    if (!(x > heap[0]!)) continue
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= k) break
      if (child + 1 < k && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= x) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = x
  }
  return heap[0]!
}
