/**
 * The process that looks at a file of stages: bundles it, and if these very sources are trusted keeps the bundle in the store, executes
 * it once, and says what it exports. A process of its own, since what a file does when it is loaded is not ours to know.
 */

import { pathToFileURL } from 'node:url'
import { codeFile, saveCode } from '../store/inputs/code.ts'
import { definitionOf, provideApi } from './api.ts'
import { type Bundle, bundle, type SourceError } from './bundle.ts'
import { type Description, problemIn } from './definition.ts'
import { reasonOf } from './place.ts'

export interface DescribeCall {
  readonly file: string
  /** The folder of the store. */
  readonly root: string
  /** The folder of the program. */
  readonly base: string
  /** The settings that all stages have. */
  readonly common: readonly string[]
  /** The sources are trusted as they are, whatever they are: their writer watches them. */
  readonly allow?: boolean
}

/** Whether code may be executed; outside of this folder it is known what the user trusts. */
export interface Gate {
  /** Whether sources of a digest are trusted. */
  isTrusted(digest: string): boolean
  /** From now on sources and the bundle made of them are trusted. */
  trust(digests: readonly string[]): void
}

/** What there is to know of a file. */
export interface Described {
  /** The text of every file that was read, by its path relative to the working folder. */
  readonly texts: readonly (readonly [path: string, text: string])[]
  readonly errors?: readonly SourceError[]
  readonly reason?: string
  /** Nothing was executed, since the sources are not trusted. */
  readonly untrusted?: Omit<Bundle, 'text'>
  readonly code?: Omit<Bundle, 'text'> & { readonly bundle: string }
  readonly stages?: Readonly<Record<string, Description>>
  readonly wrong?: Readonly<Record<string, string>>
  readonly others?: readonly string[]
}

/** Looks at a file. */
export async function describe({ file, root, base, common, allow }: DescribeCall, gate: Gate): Promise<Described> {
  const { bundle: made, errors, texts } = await bundle(file, codeFile(root, 'code'), base)
  if (made === undefined) return { texts: [...texts], errors }
  const { text, ...identity } = made
  if (!allow && !gate.isTrusted(identity.digest)) return { texts: [...texts], untrusted: identity }
  const sha256 = saveCode(root, text)
  // The bundle is what runs from now on, and what is looked for: the same sources give another text elsewhere.
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
  // Without prototypes, since what a file exports has any name.
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
