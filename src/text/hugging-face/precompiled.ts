/**
 * SentencePiece's precompiled normalization: a trie in the form of a double array (Darts) from texts to positions in a list of
 * replacements, in base64.
 */

import type { Normalize } from '../tokenizer.ts'
import { damaged } from './problem.ts'

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Clusters of at least this many bytes are looked up character by character. */
const longCluster = 6

/** The normalizer of a `precompiled_charsmap`. Throws a StageError for one that is damaged. */
export function precompiled(charsmap: string): Normalize {
  if (charsmap === '') return (text) => text
  const all = Buffer.from(charsmap, 'base64')
  const size = all.length >= 4 ? all.readUInt32LE(0) : -1
  if (size < 4 || size % 4 !== 0 || 4 + size > all.length)
    throw damaged('its normalizer.precompiled_charsmap is not a trie and a list of replacements')
  const units = new Uint32Array(size / 4)
  for (let i = 0; i < units.length; i++) units[i] = all.readUInt32LE(4 + 4 * i)
  const replacements = all.subarray(4 + size)
  const cache = new Map<string, string | undefined>()
  /** The replacement of a text: that of the shortest prefix that has one. */
  const replacement = (text: string): string | undefined => {
    if (cache.has(text)) return cache.get(text)
    const at = shortestPrefix(units, utf8.encode(text))
    const found = at === undefined ? undefined : textAt(replacements, at)
    if (cache.size >= cachedTexts) cache.clear()
    cache.set(text, found)
    return found
  }
  const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })
  return (text) => {
    let out = ''
    for (const { segment } of clusters.segment(text)) {
      const whole = Buffer.byteLength(segment) < longCluster ? replacement(segment) : undefined
      if (whole !== undefined) out += whole
      else for (const character of segment) out += replacement(character) ?? character
    }
    return out
  }
}

const cachedTexts = 1 << 16

/** The value of the shortest key that is a prefix of `key`. A unit has, from the low bits: label, leaf flag, extension flag, offset. */
function shortestPrefix(units: Uint32Array, key: Uint8Array): number | undefined {
  let node = offsetOf(units[0]!)
  for (const byte of key) {
    if (byte === 0) return undefined
    node ^= byte
    const unit = units[node]
    if (unit === undefined || (unit & 0x800000ff) !== byte) return undefined
    node ^= offsetOf(unit)
    if (((unit >>> 8) & 1) === 1) {
      const value = units[node]
      return value === undefined ? undefined : value & 0x7fffffff
    }
  }
  return undefined
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6)
}

function textAt(replacements: Uint8Array, at: number): string | undefined {
  if (at >= replacements.length) return undefined
  const end = replacements.indexOf(0, at)
  return fromUtf8.decode(replacements.subarray(at, end === -1 ? replacements.length : end))
}
