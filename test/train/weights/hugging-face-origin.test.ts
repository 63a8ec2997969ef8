/** The settings of a folder of Hugging Face survive import, training and export, unless something changed them. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import type { ModelArgument } from '../../../src/language/2-check/env.ts'
import { weights as kind } from '../../../src/stages/training/weights.ts'
import { openParts } from '../../../src/store/parts.ts'
import { bytesTokenizer } from '../../../src/text/bytes.ts'
import { renderer } from '../../../src/text/chat/jinja.ts'
import { loadTemplate, saveTemplate } from '../../../src/text/chat/saved.ts'
import { loadTokenizer } from '../../../src/text/load.ts'
import { specialTokens } from '../../../src/text/special.ts'
import { writeHuggingFace } from '../../../src/train/hugging-face/write.ts'
import { endsOf } from '../../../src/train/weights/ends.ts'
import { flatten, views } from '../../../src/train/weights/parameters.ts'
import { readSafetensors, SafetensorsFile, writeSafetensors } from '../../../src/train/weights/safetensors.ts'
import type { FloatType } from '../../../src/train/weights/safetensors-dtypes.ts'
import { loadWeights, saveWeights } from '../../../src/train/weights/weights.ts'
import { inputFileOf } from '../../core/input-file.ts'
import { architecture } from '../../model/architecture.ts'
import { stdTemplate } from '../../text/chat/stdlib.ts'
import { newFolder, savedWeights } from '../saved.ts'

const tokens = ['<|begin|>', '<|eot|>', '<|pad|>', '<|im_start|>', '<|im_end|>']
const tokenizer = bytesTokenizer(specialTokens('<|end|>', tokens))
const id = (token: string) => tokenizer.special.get(token)!
const standard = async (name: string, sizes: object) =>
  architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
const text = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')
const json = (folder: string, name: string) => JSON.parse(text(folder, name))

const jinja = "{{ bos_token }}{% for message in messages %}{{ message['content'] }}<|eot|>{% endfor %}"
const texts = {
  'generation_config.json': `{"bos_token_id": ${id('<|begin|>')},\n  "eos_token_id": [${id('<|end|>')}, ${id('<|eot|>')}], "top_p": 0.9}`,
  'special_tokens_map.json': '{"bos_token":"<|begin|>",   "additional_special_tokens":["<|eot|>"]}\n\n',
  'tokenizer_config.json': `{"eos_token": "<|eot|>", "bos_token": {"content": "<|begin|>"}, "pad_token": "<|pad|>", "model_max_length": 131072,\n\n "weird": 1.0}`,
  'chat_template.jinja': jinja,
}

/** A folder as Llama 3 is saved: its own ids, its template in a file, bfloat16, sizes that llmpipe has no words for. */
async function llama3(dtype: FloatType = 'BF16'): Promise<string> {
  const model = architecture('llama', { vocab: tokenizer.size, dim: 16, layers: 1, heads: 2, context: 64, tied: true })
  const folder = newFolder()
  await writeHuggingFace(savedWeights(model, tokenizer), folder, standard)
  const config = {
    ...json(folder, 'config.json'),
    torch_dtype: { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }[dtype],
  }
  const more = { bos_token_id: id('<|begin|>'), eos_token_id: id('<|end|>'), pad_token_id: id('<|pad|>') }
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ ...config, ...more, initializer_range: 0.02, pretraining_tp: 1, _name_or_path: 'meta/llama' }),
  )
  for (const [name, content] of Object.entries(texts)) writeFileSync(join(folder, name), content)
  const path = join(folder, 'model.safetensors')
  writeSafetensors(path, readSafetensors(path).tensors, { format: 'pt' }, () => dtype)
  return folder
}

/** The folder through the stage `weights`. */
async function imported(folder: string, chat: boolean, date?: string, said: string[] = []): Promise<string> {
  const out = newFolder()
  const { run } = await kind.load!()
  const stage = {
    params: { chat, ...(date === undefined ? {} : { date }) },
    hints: {},
    inputs: {},
    files: { path: readdirSync(folder).map((name) => inputFileOf(join(folder, name), name)) },
    models: {},
    outputs: { out },
    work: newFolder(),
    people: newFolder(),
    parts: openParts(newFolder(), ''),
    threads: 1,
    emit: (event: StageEvent) => {
      if (event.event === 'log') said.push(event.message)
    },
    signal: new AbortController().signal,
  }
  await run(stage, { architecture: standard } as never)
  return out
}

/** Weights as a training that begins with those in `folder` saves them. */
function trained(folder: string, change: (all: Float32Array) => void): string {
  const { model, tensors } = loadWeights(folder)
  const { slots, parameters } = flatten(model, tensors, tokenizer.size)
  change(parameters)
  const out = newFolder()
  saveWeights(out, { model, tensors: views(slots, parameters), vocab: tokenizer.size, tokenizer: folder, metrics: {} })
  const template = loadTemplate(folder)
  if (template) saveTemplate(out, template)
  return out
}

const names = ['config.json', 'tokenizer.json', ...Object.keys(texts)]

describe('an export of weights that came from transformers', () => {
  it.each(['BF16', 'F16', 'F32'] as const)('is the folder again, byte for byte, in %s', async (dtype) => {
    const [from, out] = [await llama3(dtype), newFolder()]
    const { notes } = await writeHuggingFace(await imported(from, true), out, standard)
    expect(notes).toEqual([])
    for (const name of [...names, 'model.safetensors'])
      expect(readFileSync(join(out, name)).equals(readFileSync(join(from, name))), name).toBe(true)
    expect(readdirSync(out).sort()).toEqual(readdirSync(from).sort())
  })

  it('has no chat template without `chat: true`, wherever the template was, and the run says so', async () => {
    const from = await llama3()
    const said: string[] = []
    for (const inFile of [true, false]) {
      if (!inFile) {
        rmSync(join(from, 'chat_template.jinja'))
        const config = { ...json(from, 'tokenizer_config.json'), chat_template: jinja }
        writeFileSync(join(from, 'tokenizer_config.json'), JSON.stringify(config))
      }
      said.length = 0
      const [plain, out] = [await imported(from, false, undefined, said), newFolder()]
      expect(said).toEqual([expect.stringContaining('a chat template, which is left out')])
      expect(loadTemplate(plain)).toBeUndefined()
      await writeHuggingFace(plain, out, standard)
      expect(loadTemplate(out)).toBeUndefined()
      expect(json(out, 'tokenizer_config.json')).toMatchObject({ bos_token: { content: '<|begin|>' }, weird: 1 })
      expect(loadTemplate(await imported(from, true, undefined, said))?.jinja).toBe(jinja)
      expect(said).toHaveLength(1)
    }
  })

  it('is a Mistral again if it came as one', async () => {
    const [from, out] = [await llama3(), newFolder()]
    const config = { ...json(from, 'config.json'), model_type: 'mistral', architectures: ['MistralForCausalLM'] }
    writeFileSync(join(from, 'config.json'), JSON.stringify({ ...config, sliding_window: null }))
    const { className } = await writeHuggingFace(await imported(from, true), out, standard)
    expect(className).toBe('MistralForCausalLM')
    expect(text(out, 'config.json')).toBe(text(from, 'config.json'))
  })

  it('has the same settings after training, and says that its numbers are rounded', async () => {
    const [from, out, full] = [await llama3(), newFolder(), newFolder()]
    const tuned = trained(await imported(from, true), (all) => (all[0] = 1 / 3))
    const { notes } = await writeHuggingFace(tuned, out, standard)
    for (const name of names) expect(text(out, name), name).toBe(text(from, name))
    expect(notes).toEqual([
      '1 of 11 tensors are rounded to bfloat16, the type in which they were imported: `as hf_float32` keeps every digit',
    ])
    await writeHuggingFace(tuned, full, standard, 'F32')
    expect(json(full, 'config.json').torch_dtype).toBe('float32')
    const file = new SafetensorsFile(join(full, 'model.safetensors'))
    expect(new Set([...file.entries.values()].map(({ dtype }) => dtype))).toEqual(new Set(['F32']))
    file.close()
  })

  it('ends where the folder says, in generation too', async () => {
    const own = await imported(await llama3(), true)
    const template = loadTemplate(own)!
    const read = loadTokenizer(own)
    expect(endsOf(own, read, read.special.get(template.end)).sort()).toEqual([id('<|end|>'), id('<|eot|>')].sort())
  })

  it('has a template that it was given since, whose end joins the others', async () => {
    const [from, out] = [await llama3(), newFolder()]
    const tuned = await imported(from, false)
    expect(loadTemplate(tuned)).toBeUndefined()
    saveTemplate(tuned, stdTemplate('chatml'))
    await writeHuggingFace(tuned, out, standard)
    expect(readdirSync(out)).not.toContain('chat_template.jinja')
    expect(json(out, 'tokenizer_config.json')).toMatchObject({
      chat_template: stdTemplate('chatml').jinja,
      model_max_length: 131072,
      pad_token: '<|pad|>',
    })
    expect(json(out, 'generation_config.json')).toEqual({
      bos_token_id: id('<|begin|>'),
      eos_token_id: [id('<|im_end|>'), id('<|eot|>'), id('<|end|>')],
      top_p: 0.9,
    })
    expect(json(out, 'config.json')).toMatchObject({
      bos_token_id: id('<|begin|>'),
      eos_token_id: id('<|im_end|>'),
      pad_token_id: id('<|pad|>'),
      _name_or_path: 'meta/llama',
    })
    expect(text(out, 'special_tokens_map.json')).toBe(texts['special_tokens_map.json'])
  })

  it('has no template where that of the folder was left behind', async () => {
    const [from, out] = [await llama3(), newFolder()]
    await writeHuggingFace(await imported(from, false), out, standard)
    expect(readdirSync(out)).not.toContain('chat_template.jinja')
    expect(json(out, 'tokenizer_config.json').chat_template).toBeUndefined()
  })
})

describe('an export of weights that were made here', () => {
  it('invents no sampling', async () => {
    const model = architecture('llama', { vocab: tokenizer.size, dim: 16, layers: 1, heads: 2, context: 64 })
    const out = newFolder()
    await writeHuggingFace(savedWeights(model, tokenizer), out, standard)
    const end = tokenizer.endOfText
    expect(json(out, 'generation_config.json')).toEqual({ bos_token_id: end, eos_token_id: [end], pad_token_id: end })
  })
})

describe('the date of an imported chat template', () => {
  it('is the one that `weights` is given, and is inherited by weights that are trained from it', async () => {
    const folder = await llama3()
    writeFileSync(join(folder, 'chat_template.jinja'), `${jinja}{{ strftime_now('%d %b %Y') }}`)
    const tuned = trained(await imported(folder, true, '2026-01-31'), () => undefined)
    const render = renderer(loadTemplate(tuned)!)
    expect(render({ messages: [] }, false).value).toBe('<|begin|>31 Jan 2026')
  })

  it('is an error if the template writes no date', async () => {
    await expect(imported(await llama3(), true, '2026-01-31')).rejects.toThrow(
      'the chat template that came with the weights does not call `strftime_now`: a date changes nothing',
    )
  })

  it.each([
    [{ chat: true, date: '31.1.2026' }, '"31.1.2026" is not a day'],
    [{ chat: false, date: '2026-01-31' }, 'do not keep that template'],
  ])('is checked before the run: %o', (params, message) => {
    const misfit = kind.outputs({ inputs: {}, params, names: 1, self: 'start' })
    expect(misfit).toMatchObject({ at: 'date', message: expect.stringContaining(message) })
  })
})
