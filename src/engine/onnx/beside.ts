/**
 * A session in a thread of its own. ONNX Runtime computes in the thread that calls it, so two sessions compute at once only from
 * two threads. Feeds and outputs stand in one array each, which the threads hand to and fro without a copy.
 */

import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { InferenceSession } from 'onnxruntime-node'
import { sizeOf } from '../../model/shape.ts'
import type { Tensor } from '../engine.ts'

/** A tensor that is fed or comes out. */
export interface Place {
  /** In the model. */
  readonly name: string
  readonly dtype: 'float32' | 'int32'
  readonly shape: readonly number[]
}

interface Laid extends Place {
  /** In bytes, a multiple of 64. */
  readonly start: number
  readonly length: number
}

interface Buffers {
  readonly given: ArrayBuffer
  readonly results: ArrayBuffer
}

/** What the thread says: `ready`, its buffers back, or what went wrong; after that it is of no more use. */
type Answer = 'ready' | Buffers | { readonly error: string }

export interface SessionBeside {
  /** Begins at once, and leaves the outputs in `into`; both in the order of their places. One run at a time. */
  run(feeds: readonly Tensor[], into: readonly Tensor[]): Promise<void>
  release(): Promise<void>
}

/** The thread: bundles keep no second file, so it is text. It knows nothing but sessions and tensors in arrays. */
const thread = `
const { parentPort, workerData } = require('node:worker_threads')
const ort = require(workerData.runtime)
const tensors = (places, buffer) => Object.fromEntries(places.map(({ name, dtype, shape, start, length }) => {
  const data = new (dtype === 'float32' ? Float32Array : Int32Array)(buffer, start, length)
  return [name, new ort.Tensor(dtype, data, shape)]
}))
const session = ort.InferenceSession.create(workerData.model, workerData.options)
const failed = (error) => parentPort.postMessage({ error: error.message })
session.then(() => parentPort.postMessage('ready'), failed)
parentPort.on('message', async ({ given, results }) => {
  try {
    await (await session).run(tensors(workerData.feeds, given), tensors(workerData.outputs, results))
    parentPort.postMessage({ given, results }, [given, results])
  } catch (error) {
    failed(error)
  }
})
`

/** Loads the model in a thread of its own. */
export async function sessionBeside(
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
  feeds: readonly Place[],
  outputs: readonly Place[],
): Promise<SessionBeside> {
  const [given, results] = [layOut(feeds), layOut(outputs)]
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node')
  const workerData = { runtime, model, options, feeds: given.places, outputs: results.places }
  const worker = new Worker(thread, { eval: true, workerData })
  await answer(worker)
  let buffers: Buffers = { given: new ArrayBuffer(given.bytes), results: new ArrayBuffer(results.bytes) }
  return {
    async run(tensors, into) {
      for (const [i, place] of given.places.entries()) arrayAt(place, buffers.given).set(tensors[i]!.data)
      worker.postMessage(buffers, [buffers.given, buffers.results])
      buffers = (await answer(worker)) as Buffers
      for (const [i, place] of results.places.entries()) into[i]!.data.set(arrayAt(place, buffers.results))
    },
    release: async () => void (await worker.terminate()),
  }
}

/** Where the tensors stand in one array, each at the beginning of a cache line. */
function layOut(places: readonly Place[]): { readonly places: readonly Laid[]; readonly bytes: number } {
  let bytes = 0
  const laid = places.map((place) => {
    const start = bytes
    const length = sizeOf(place.shape)
    bytes += Math.ceil((4 * length) / 64) * 64
    return { ...place, start, length }
  })
  return { places: laid, bytes }
}

function arrayAt({ dtype, start, length }: Laid, buffer: ArrayBuffer): Float32Array | Int32Array {
  return new (dtype === 'float32' ? Float32Array : Int32Array)(buffer, start, length)
}

/** The next word of the thread, which keeps the process alive only while somebody waits for it. */
function answer(worker: Worker): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const done = (act: () => void) => {
      worker.off('message', hear).off('error', fail)
      worker.unref()
      act()
    }
    const hear = (message: Answer) =>
      done(() =>
        typeof message === 'object' && 'error' in message ? reject(new Error(message.error)) : resolve(message),
      )
    const fail = (error: Error) => done(() => reject(error))
    worker.on('message', hear).on('error', fail)
    worker.ref()
  })
}
