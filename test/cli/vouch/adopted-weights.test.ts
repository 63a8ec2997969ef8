/** Weights that are adopted fit the stage: its model, its tokenizer and its chat template. */

import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeAdopted } from '../../../src/cli/vouch/adopted-weights.ts'
import type { ArtefactTypeOf } from '../../../src/core/artefact.ts'
import type { Plan } from '../../../src/core/plan.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { loadTemplate } from '../../../src/text/chat/saved.ts'
import { type ChatTemplate, templateIdentity } from '../../../src/text/chat/template.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { newFolder, savedWeights } from '../../train/saved.ts'
import { architecture, sizes, tokenizer } from '../../train/small.ts'

const model = architecture('llama', sizes)
const template: ChatTemplate = {
  name: 'plain',
  tokens: [],
  end: '<|endoftext|>',
  jinja: '{% for message in messages %}{{ message.content }}<|endoftext|>{% endfor %}',
}
const plan = { models: {} } as unknown as Plan
const type = (of: Partial<ArtefactTypeOf<'Weights'>> = {}): ArtefactTypeOf<'Weights'> => ({
  ...{ kind: 'Weights', model: 'unknown', tokenizer: 'b' },
  ...of,
})

/** Adopts the weights in `from`; returns the folder of the result. */
async function adopted(from: string, of: ArtefactTypeOf<'Weights'>, start?: string): Promise<string> {
  const [out, work] = [join(newFolder(), 'out'), newFolder()]
  mkdirSync(out)
  const inputs = start === undefined ? [] : [{ kind: 'Weights', path: start } as const]
  await writeAdopted({ plan, type: of, inputs, from, out, work })
  return out
}

describe('adopted weights', () => {
  const start = savedWeights(model, tokenizer)

  it('have the model and the tokenizer of the weights that the stage starts from', async () => {
    const out = await adopted(savedWeights(model, tokenizer, { seed: 2 }), type(), start)
    expect(readdirSync(out)).toContain('model.safetensors')
    const other = savedWeights(architecture('llama', { ...sizes, layers: 1 }), tokenizer)
    await expect(adopted(other, type(), start)).rejects.toThrow(
      /of another model than those that the stage starts from/,
    )
  })

  it('have all ids of the tokenizer of the stage', async () => {
    const larger = bytesTokenizer(specialTokens('<|endoftext|>', ['<|user|>']))
    const base = savedWeights(architecture('llama', { ...sizes, vocab: larger.size }), larger)
    await expect(adopted(start, type(), base)).rejects.toThrow(
      `they have ${tokenizer.size} ids, and the tokenizer of the stage has ${larger.size}`,
    )
    expect(readdirSync(await adopted(base, type(), start))).toContain('model.safetensors')
  })

  it('have the chat template of the stage, and get its name', async () => {
    const wanted = templateIdentity(template)
    const renamed = savedWeights(model, tokenizer, { template: { ...template, name: 'theirs' } })
    expect(templateIdentity(loadTemplate(await adopted(renamed, type({ template: wanted })))!)).toBe(wanted)
    const jinja = template.jinja.replace('message.content', "'User: ' + message.content")
    const other = savedWeights(model, tokenizer, { template: { ...template, jinja } })
    await expect(adopted(other, type({ template: wanted }))).rejects.toThrow(
      /makes weights with the chat template plain \(\w{8}\), and those in the folder have the chat template plain/,
    )
    await expect(adopted(start, type({ template: wanted }))).rejects.toThrow('the folder has none')
    const published = type({ template: 'that of start' })
    expect(loadTemplate(await adopted(other, published))?.jinja).toBe(jinja)
    expect(loadTemplate(await adopted(other, type()))).toBeUndefined()
  })
})
