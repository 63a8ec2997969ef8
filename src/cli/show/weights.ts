/** The weights of a safetensors or GGUF file as a table; tensors that repeat in every layer share a row. */

import { join } from 'node:path'
import { GgufFile } from '../../train/gguf/file.ts'
import { SafetensorsFile } from '../../train/weights/safetensors.ts'
import { bytes, count, short } from '../../view/format.ts'
import { type Line, seg } from '../../view/line.ts'
import { table } from '../../view/table.ts'

/** A tensor of a file. */
interface Shown {
  readonly shape: readonly number[]
  readonly type: string
  readonly bytes: number
}

/** Throws a StageError `damaged-weights` if the file, or the file in the folder, is corrupt. */
export function weightsLines(path: string, width: number): Line[] {
  if (path.toLowerCase().endsWith('.gguf')) return ggufLines(path, width)
  const file = new SafetensorsFile(join(path, 'model.safetensors'))
  file.close()
  const entries = [...file.entries].map(([name, { shape, dtype, start, end }]) => {
    return [name, { shape, type: dtype, bytes: end - start }] as const
  })
  return tensorLines(entries, width)
}

/** The sizes of a model and what is known of its tokenizer, above the table of its weights. */
function ggufLines(path: string, width: number): Line[] {
  const file = new GgufFile(path)
  file.close()
  const { metadata } = file
  const architecture = metadata.get('general.architecture')
  const facts: [string, string][] = []
  const add = (label: string, name: string) => {
    const value = metadata.get(name)
    if (typeof value === 'number' || typeof value === 'string') facts.push([label, oneLine(String(value))])
  }
  add('name', 'general.name')
  add('architecture', 'general.architecture')
  for (const size of ['block_count', 'embedding_length', 'attention.head_count', 'context_length'])
    add(size.replaceAll('_', ' ').replace('attention.', ''), `${String(architecture)}.${size}`)
  add('tokenizer', 'tokenizer.ggml.model')
  const template = metadata.get('tokenizer.chat_template')
  if (typeof template === 'string') facts.push(['chat template', oneLine(template)])
  const indent = Math.max(...facts.map(([label]) => label.length)) + 2
  const lines = facts.map(
    ([label, text]): Line => [
      seg(label.padEnd(indent), 'dim'),
      seg(text.length > width - indent ? `${text.slice(0, Math.max(0, width - indent - 1))}…` : text),
    ],
  )
  return [...lines, [], ...tensorLines([...file.entries], width)]
}

/** A text without line ends and other control characters. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}

function tensorLines(entries: readonly (readonly [name: string, tensor: Shown])[], width: number): Line[] {
  const groups = new Map<string, { name: string; info: Shown; times: number }>()
  let parameters = 0
  let size = 0
  for (const [name, info] of entries) {
    parameters += info.shape.reduce((product, each) => product * each, 1)
    size += info.bytes
    const alike = `${name.replace(/\.\d+\./g, '.*.')} ${info.type} ${info.shape.join()}`
    const group = groups.get(alike) ?? { name: name.replace(/\.\d+\./g, '.*.'), info, times: 0 }
    group.times++
    groups.set(alike, group)
  }
  const rows = [...groups.values()].map(({ name, info, times }) => [
    name,
    info.shape.join(' × '),
    info.type,
    times > 1 ? `${times} ×` : '',
    short(info.shape.reduce((product, each) => product * each, 1) * times),
  ])
  return [
    [seg(`${count(parameters)} parameters, ${bytes(size)}`)],
    ...table(
      [
        { title: 'WEIGHT' },
        { title: 'SHAPE' },
        { title: 'TYPE', tone: 'dim' },
        { title: '', align: 'right' },
        { title: 'PARAMETERS', align: 'right' },
      ],
      rows,
      width,
    ),
  ]
}
