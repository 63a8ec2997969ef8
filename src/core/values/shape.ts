/** Shapes of JSON that comes from outside: from a file that may be damaged, or from somebody else. */

import type { Digest, Key } from '../artefact.ts'

export type Shape<T> = (value: unknown) => value is T

export const isText: Shape<string> = (value): value is string => typeof value === 'string'

export const isNumber: Shape<number> = (value): value is number => typeof value === 'number'

/** A whole number of at least 0. */
export const isCount: Shape<number> = (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** A SHA-256 in hexadecimal digits: 64 of them, in lower case. */
export const isSha256: Shape<string> = (value): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

/** The digest of an artefact. */
export const isDigest: Shape<Digest> = (value): value is Digest => isSha256(value)

/** The key of a stage. */
export const isKey: Shape<Key> = (value): value is Key => isSha256(value)

export const isObject: Shape<{ readonly [name: string]: unknown }> = (
  value,
): value is { readonly [name: string]: unknown } => typeof value === 'object' && value !== null && !Array.isArray(value)

export function listOf<T>(item: Shape<T>): Shape<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(item)
}

/** An object whose own members all have a shape. */
export function mapOf<T>(item: Shape<T>): Shape<Record<string, T>> {
  return (value): value is Record<string, T> => isObject(value) && Object.values(value).every(item)
}

export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value): value is T | undefined => value === undefined || shape(value)
}

export function oneOf<T extends string>(...all: readonly T[]): Shape<T> {
  return (value): value is T => all.includes(value as T)
}

/** An object with these members; others are not looked at. */
export function shape<T extends object>(members: { readonly [K in keyof Required<T>]: Shape<T[K]> }): Shape<T> {
  const all = Object.entries(members) as [string, Shape<unknown>][]
  return (value): value is T =>
    isObject(value) && all.every(([name, member]) => member(Object.hasOwn(value, name) ? value[name] : undefined))
}
