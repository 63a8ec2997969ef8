/** Checkpoints: everything that a training needs to resume from a step as if it had never stopped. */

import { linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../core/values/json.ts'
import type { TrainingSession } from '../../engine/training-session.ts'
import { syncFolder } from '../../store/durable.ts'
import { SafetensorsFile } from '../weights/safetensors.ts'

export interface Checkpoint {
  /** Steps done. */
  readonly step: number
  /** The state of the loop besides the session's weights and moments. */
  readonly state: JsonObject
}

/** A session, as far as checkpoints use it: it writes and reads the files. */
type Saved = Pick<TrainingSession, 'save' | 'restore'>

const pattern = /^step-(\d+)\.safetensors$/

/** Writes a checkpoint of the session atomically, and removes all but the last two. */
export async function saveCheckpoint(folder: string, session: Saved, { step, state }: Checkpoint): Promise<void> {
  const name = `step-${step}.safetensors`
  const scratch = join(folder, `${name}.${process.pid}.part`)
  await session.save(scratch, { step: String(step), state: JSON.stringify(state) })
  renameSync(scratch, join(folder, name))
  syncFolder(folder)
  for (const old of stepsIn(folder).slice(2)) rmSync(join(folder, `step-${old}.safetensors`))
}

/** Gives a saved checkpoint a second name, under which it is never removed: `kept/step-….safetensors`. */
export function keepCheckpoint(folder: string, step: number): void {
  const kept = join(folder, 'kept')
  const name = `step-${step}.safetensors`
  mkdirSync(kept, { recursive: true })
  rmSync(join(kept, name), { force: true })
  linkSync(join(folder, name), join(kept, name))
}

/** Restores the session from the newest checkpoint that is not corrupt, and returns the rest of it; `undefined` if there is none. */
export async function loadCheckpoint(folder: string, session: Saved): Promise<Checkpoint | undefined> {
  for (const step of stepsIn(folder)) {
    // A corrupt checkpoint is skipped: the one before it is used. The digest of a file does not cover its state, which therefore comes first.
    const path = join(folder, `step-${step}.safetensors`)
    const state = stateOf(path)
    if (state !== undefined && (await session.restore(path)) !== undefined) return { step, state }
  }
  return undefined
}

/** The state in a checkpoint, read without its arrays; `undefined` if the header of the file is corrupt. */
function stateOf(path: string): JsonObject | undefined {
  try {
    const file = new SafetensorsFile(path)
    file.close()
    const state: unknown = JSON.parse(file.metadata.state!)
    return typeof state === 'object' && state !== null && !Array.isArray(state) ? (state as JsonObject) : undefined
  } catch {
    return undefined
  }
}

/** The steps of all checkpoints, newest first. */
function stepsIn(folder: string): number[] {
  const steps = readdirSync(folder).flatMap((name) => pattern.exec(name)?.[1] ?? [])
  return steps.map(Number).sort((a, b) => b - a)
}
