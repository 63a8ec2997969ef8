/** Checkpoints: everything that a training needs to resume from a step as if it had never stopped. */

import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../core/values/json.ts'
import { syncFolder } from '../../store/durable.ts'
import { readSafetensors, writeSafetensors } from '../weights/safetensors.ts'

export interface Checkpoint {
  /** Steps done. */
  readonly step: number
  readonly arrays: Readonly<Record<string, Float32Array>>
  /** The state of the loop besides arrays. */
  readonly state: JsonObject
}

const pattern = /^step-(\d+)\.safetensors$/

/** Writes a checkpoint atomically, and removes all but the last two. */
export function saveCheckpoint(folder: string, { step, arrays, state }: Checkpoint): void {
  const name = `step-${step}.safetensors`
  const scratch = join(folder, `${name}.${process.pid}.part`)
  const tensors = Object.fromEntries(Object.entries(arrays).map(([key, data]) => [key, { shape: [data.length], data }]))
  const metadata = { step: String(step), state: JSON.stringify(state), digest: digestOf(arrays) }
  writeSafetensors(scratch, tensors, metadata)
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

/** The newest checkpoint that is not corrupt; `undefined` if there is none. */
export function loadCheckpoint(folder: string): Checkpoint | undefined {
  for (const step of stepsIn(folder)) {
    try {
      const { tensors, metadata } = readSafetensors(join(folder, `step-${step}.safetensors`))
      const arrays = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]))
      if (metadata.digest !== digestOf(arrays)) continue
      return { step, arrays, state: JSON.parse(metadata.state!) as JsonObject }
    } catch {
      // A corrupt checkpoint is skipped: the one before it is used.
    }
  }
  return undefined
}

/** The steps of all checkpoints, newest first. */
function stepsIn(folder: string): number[] {
  const steps = readdirSync(folder).flatMap((name) => pattern.exec(name)?.[1] ?? [])
  return steps.map(Number).sort((a, b) => b - a)
}

function digestOf(arrays: Readonly<Record<string, Float32Array>>): string {
  const hash = createHash('sha256')
  for (const [name, data] of Object.entries(arrays))
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return hash.digest('hex')
}
