/** The loop of pre-training, in ONNX Runtime: it learns, it stops and goes on to the same bytes, it tells when it goes wrong. */

import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from '../../../grammar/parse.ts'
import type { StageEvent } from '../../../src/core/event.ts'
import { Interrupted } from '../../../src/core/failure.ts'
import { architecture as elaborated } from '../../../src/language/architecture.ts'
import type { PretrainTask } from '../../../src/train/loops/pretrain.ts'
import { architecture, scratch, settings, sizes, tokensOf, train } from '../small.ts'

/** Trains in `work` until `step` is done, then asks it to stop. */
async function interruptAt(step: number, work: string, on?: PretrainTask['on']): Promise<void> {
  const stop = new AbortController()
  const emit = (event: StageEvent) => {
    if (event.event === 'progress' && event.done === step) stop.abort()
  }
  const task = { work, signal: stop.signal, emit, ...(on === undefined ? {} : { on }) }
  await expect(train(task)).rejects.toThrow(Interrupted)
}

describe('pretrain', () => {
  it('learns: the losses fall, on held-out text too', async () => {
    const events: StageEvent[] = []
    const { heldOut } = await train({ events, settings: { steps: 60 } })
    const losses = events.flatMap((event) => (event.event === 'metric' && event.loss !== undefined ? [event.loss] : []))
    expect(losses).toHaveLength(60)
    expect(losses[0]).toBeCloseTo(Math.log(sizes.vocab), 1)
    expect(losses.at(-1)).toBeLessThan(2.5)
    expect(heldOut?.loss).toBeLessThan(2.5)
    expect(heldOut?.perplexity).toBeCloseTo(Math.exp(heldOut!.loss), 9)
  })

  it('adds the loss terms of the model to its loss, and reports them', async () => {
    const text = `model net(vocab, context, dim = 8) {
      x = embedding(tokens, vocab, dim)
      z = linear(x, vocab)
      loss_term(z * z |> mean(), "size", weight: 0.5)
      z
    }`
    const model = elaborated(parse('net', text).program, 'net', { vocab: sizes.vocab, context: 16 })
    const events: StageEvent[] = []
    const { heldOut } = await train({ model, events, settings: { steps: 6, accumulate: 2 }, hints: { log_every: 3 } })
    const metrics = events.filter((event) => event.event === 'metric' && event.loss !== undefined)
    expect(metrics).toHaveLength(2)
    for (const metric of metrics as Record<string, number>[]) {
      expect(metric['term[size]']).toBeGreaterThan(0)
      expect(metric.loss).toBeCloseTo(metric.crossEntropy! + metric['term[size]']!, 5)
    }
    // The loss on held-out text is the cross entropy alone.
    expect(heldOut!.perplexity).toBeCloseTo(Math.exp(heldOut!.loss), 9)
  })

  it('ends in the same bytes again, and in others with another seed', async () => {
    const [first, second, other] = [await train(), await train(), await train({ settings: { seed: 2 } })]
    expect(second).toEqual(first)
    expect(other.tensors).not.toEqual(first.tensors)
  })

  it('ends in the same bytes when it was interrupted, wherever', async () => {
    const undisturbed = await train()
    const work = scratch()
    await interruptAt(1, work)
    await interruptAt(7, work)
    const events: StageEvent[] = []
    expect(await train({ work, events })).toEqual(undisturbed)
    expect(events.flatMap((event) => (event.event === 'progress' ? [event.done] : []))[0]).toBe(8)
  })

  it('resumes from the checkpoint before if the last is corrupt', async () => {
    const undisturbed = await train()
    const work = scratch()
    await interruptAt(3, work)
    await interruptAt(6, work)
    expect(readdirSync(work).sort()).toEqual(['step-3.safetensors', 'step-6.safetensors'])
    truncateSync(join(work, 'step-6.safetensors'), 1000)
    const events: StageEvent[] = []
    expect(await train({ work, events })).toEqual(undisturbed)
    expect(events.flatMap((event) => (event.event === 'progress' ? [event.done] : []))[0]).toBe(4)
  })

  it('begins anew if the only checkpoint has a corrupt state: nothing of its weights and moments is left', async () => {
    const undisturbed = await train()
    const work = scratch()
    await interruptAt(3, work)
    const path = join(work, 'step-3.safetensors')
    const bytes = readFileSync(path)
    const at = bytes.indexOf('"state":"{') + '"state":"'.length
    expect(bytes.toString('latin1', at, at + 1)).toBe('{')
    bytes.write('x', at)
    writeFileSync(path, bytes)
    const events: StageEvent[] = []
    expect(await train({ work, events })).toEqual(undisturbed)
    expect(events.flatMap((event) => (event.event === 'progress' ? [event.done] : []))[0]).toBe(1)
  })

  it('is not changed by validation, samples, checkpoints or reports', async () => {
    const quiet = await train()
    const events: StageEvent[] = []
    const hints = { validate_every: 2, log_every: 5, checkpoint_every: 0 }
    expect(await train({ events, hints })).toEqual(quiet)
    const kinds = new Set(events.map(({ event }) => event))
    for (const kind of ['metric', 'sample', 'checkpoint', 'progress']) expect(kinds).toContain(kind)
  })

  it('ends in the same bytes on two threads', async () => {
    expect((await train({ threads: 2 })).tensors).toEqual((await train()).tensors)
  })

  it('adds the gradients of several batches to those of one step', async () => {
    const events: StageEvent[] = []
    await train({ events, settings: { accumulate: 3, steps: 2 } })
    const single: StageEvent[] = []
    await train({ events: single, settings: { steps: 6, optimizer: { ...settings.optimizer, lr: 1e-30 } } })
    const losses = (all: StageEvent[]) =>
      all.flatMap((event) => (event.event === 'metric' && event.loss !== undefined ? [event.loss] : []))
    const [a, b, c] = losses(single) as [number, number, number]
    expect(losses(events)[0]).toBeCloseTo((a + b + c) / 3, 5)
  })

  it('draws masks for dropout, the same after a pause', async () => {
    const model = architecture('gpt2', { ...sizes, dropout: 0.3 })
    const whole = await train({ model })
    expect(await train({ model })).toEqual(whole)
    expect((await train({ model: architecture('gpt2', sizes) })).tensors).not.toEqual(whole.tensors)
  })

  it.each([
    { of: { call: 'constant', warmup: 3 }, keepState: 7, next: { call: 'constant', warmup: 3 } },
    {
      of: { call: 'wsd', warmup: 3, decay: 0.4, floor: 0 },
      keepState: 5,
      next: { call: 'wsd', warmup: 3, decay: 0.2, floor: 0.1 },
    },
    { of: { call: 'constant', warmup: 3 }, keepState: 7, next: { call: 'wsd', warmup: 3, decay: 0.4, floor: 0 } },
  ] as const)(
    'goes on from what fewer steps left, to the same bytes: $of.call, then $next.call',
    async ({ of, keepState, next }) => {
      const work = scratch()
      // Another checkpoint after every step, which must not take the place of the one that is kept.
      await train({ work, keepState, settings: { steps: 7, schedule: of }, hints: { checkpoint_every: 0 } })
      expect(readdirSync(join(work, 'kept'))).toEqual([`step-${keepState}.safetensors`])
      const events: StageEvent[] = []
      const longer = { steps: 12, schedule: next }
      expect(await train({ work: join(work, 'kept'), events, settings: longer })).toEqual(
        await train({ settings: longer }),
      )
      expect(events.flatMap((event) => (event.event === 'progress' ? [event.done] : []))[0]).toBe(keepState + 1)
    },
  )

  it('would end with other bytes if it continued under a schedule that depends on the number of steps', async () => {
    const work = scratch()
    const cosine = { call: 'cosine', warmup: 3, floor: 0.1 } as const
    await train({ work, keepState: 7, settings: { steps: 7, schedule: cosine } })
    const longer = { steps: 12, schedule: cosine }
    const wrong = await train({ work: join(work, 'kept'), settings: longer })
    expect(wrong.tensors).not.toEqual((await train({ settings: longer })).tensors)
  })

  it('stops with advice if the loss is not a number', async () => {
    const optimizer = { ...settings.optimizer, lr: 1e30 }
    await expect(train({ settings: { optimizer, schedule: { call: 'constant', warmup: 0 } } })).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(/diverged at step \d+: the (loss|gradient) became/),
      help: expect.stringContaining('Lower the learning rate'),
    })
  })
})

describe('pretrain on a mixture', () => {
  const web = tokensOf(40)
  const code = tokensOf(20, 'if x { return y } else { return z } ')
  const mixture = {
    sources: [
      { name: 'web', tokens: web },
      { name: 'code', tokens: code },
    ],
    phases: [
      { start: 0, shares: [0.75, 0.25] },
      { start: 8, shares: [0.5, 0.5] },
    ],
  }

  it('reports the loss and the tokens of each source, which add up to those of all', async () => {
    const events: StageEvent[] = []
    const { sources, trainLoss } = await train({ on: mixture, events, settings: { accumulate: 2 } })
    const metrics = events.flatMap((event) => (event.event === 'metric' && event.loss !== undefined ? [event] : []))
    expect(metrics).toHaveLength(12)
    let before = 0
    for (const metric of metrics) {
      const now = Number(metric['tokens[web]'])
      const part = (now - before) / (2 * 4 * 16)
      expect(part).toBe(metric.step <= 8 ? 0.75 : 0.5)
      expect(part * Number(metric['loss[web]']) + (1 - part) * Number(metric['loss[code]'])).toBeCloseTo(
        metric.loss!,
        5,
      )
      before = now
    }
    expect(sources?.map(({ tokens }) => tokens)).toEqual([128 * (8 * 0.75 + 4 * 0.5), 128 * (8 * 0.25 + 4 * 0.5)])
    const [first, second] = sources!.map(({ loss }) => loss!)
    expect(trainLoss).toBeGreaterThan(Math.min(first!, second!))
    expect(trainLoss).toBeLessThan(Math.max(first!, second!))
  })

  it('ends in the same bytes and numbers when it was interrupted, in any phase', async () => {
    const undisturbed = await train({ on: mixture })
    const work = scratch()
    await interruptAt(3, work, mixture)
    await interruptAt(9, work, mixture)
    expect(await train({ on: mixture, work })).toEqual(undisturbed)
    expect((await train({ on: mixture, threads: 2 })).tensors).toEqual(undisturbed.tensors)
  })

  it('counts the tokens of each source also when it resumes after its last step', async () => {
    const work = scratch()
    const whole = await train({ on: mixture, work, keepState: settings.steps })
    const events: StageEvent[] = []
    expect(await train({ on: mixture, work, events })).toEqual(whole)
    expect(events.filter(({ event }) => event === 'progress')).toEqual([])
  })

  it('of one source is the training on that source, byte for byte', async () => {
    const alone = { sources: [{ name: 'web', tokens: web }], phases: [{ start: 0, shares: [1] }] }
    for (const windows of ['shuffled', 'random'] as const) {
      const plain = await train({ on: web, settings: { windows } })
      expect((await train({ on: alone, settings: { windows } })).tensors).toEqual(plain.tensors)
    }
  })
})
