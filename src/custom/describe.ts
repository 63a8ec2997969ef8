/**
 * Describes a file of custom stages: bundles it, and if its sources are trusted, keeps the bundle in the store, executes it once and
 * returns its exports. This runs in a separate process, because a file can do anything when it is loaded.
 */

import { pathToFileURL } from 'node:url'
import { codeFile, saveCode } from '../store/inputs/code.ts'
import { definitionOf, provideApi } from './api.ts'
import { type Bundle, bundle, type SourceError } from './bundle.ts'
import { type Description, problemIn } from './definition.ts'
import { reasonOf } from './stack.ts'

export interface DescribeCall {
  readonly file: string
  /** The folder of the store. */
  readonly root: string
  /** The folder of the program. */
  readonly base: string
  /** The names of the settings that all stages have. */
  readonly common: readonly string[]
  /** Trusts the sources as they are: `watch --trust-changes`. */
  readonly allow?: boolean
}

/** Decides which code may be executed. The caller knows what the user trusts. */
export interface Gate {
  /** Whether the sources with this digest are trusted. */
  isTrusted(digest: string): boolean
  /** Trusts sources, and the bundle made of them, from now on. */
  trust(digests: readonly string[]): void
}

/** The description of a file: plain JSON, which another process reads. */
export interface Described {
  /** The text of every file that was read, by its path relative to the working folder. */
  readonly texts: readonly (readonly [path: string, text: string])[]
  readonly errors?: readonly SourceError[]
  readonly reason?: string
  /** The sources, if they are not trusted. Nothing was executed then. */
  readonly untrusted?: Omit<Bundle, 'text'>
  readonly code?: Omit<Bundle, 'text'> & { readonly bundle: string }
  readonly stages?: Readonly<Record<string, Description>>
  readonly wrong?: Readonly<Record<string, string>>
  readonly others?: readonly string[]
}

/** Describes a file. */
export async function describe({ file, root, base, common, allow }: DescribeCall, gate: Gate): Promise<Described> {
  const { bundle: made, errors, texts } = await bundle(file, codeFile(root, 'code'), base)
  if (made === undefined) return { texts: [...texts], errors }
  const { text, ...identity } = made
  if (!allow && !gate.isTrusted(identity.digest)) return { texts: [...texts], untrusted: identity }
  const sha256 = saveCode(root, text)
  // Later runs execute the bundle and look for its digest. The same sources can give another bundle on another machine.
  gate.trust([identity.digest, sha256])
  const known = { texts: [...texts], code: { ...identity, bundle: sha256 } }
  try {
    return { ...known, ...(await exportsOf(codeFile(root, sha256), common)) }
  } catch (error) {
    return { ...known, reason: reasonOf(error) }
  }
}

async function exportsOf(path: string, common: readonly string[]) {
  process.setSourceMapsEnabled(true)
  provideApi()
  const module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
  // Without prototypes: an export can have any name.
  const stages: Record<string, Description> = Object.create(null)
  const wrong: Record<string, string> = Object.create(null)
  const others: string[] = []
  for (const [name, exported] of Object.entries(module)) {
    const definition = definitionOf(exported)
    const problem = definition && problemIn(definition, common)
    if (definition === undefined) others.push(name)
    else if (problem !== undefined) wrong[name] = problem
    else {
      const { run, ...description } = definition
      stages[name] = description
    }
  }
  return { stages, wrong, others }
}
