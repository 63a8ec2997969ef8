/** Reads JSON files that other tools wrote. */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { JsonObject } from '../../core/values/json.ts'

/** The JSON object in a file. Throws a StageError `damaged-weights` if the file holds anything else. */
export function parsed(file: string): JsonObject {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new StageError(
      'damaged-weights',
      `${basename(file)} is not JSON: ${(error as Error).message}`,
      'Get the file again: it may be cut off, or be the page of an error.',
    )
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject
  throw new StageError('damaged-weights', `${basename(file)} is not a JSON object`, 'Get the file again.')
}
