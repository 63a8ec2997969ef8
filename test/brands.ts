/** Digests and keys of tests: any text. */

import type { Digest, Key } from '../src/core/artefact.ts'

export const asDigest = (text: string) => text as Digest

export const asKey = (text: string) => text as Key
