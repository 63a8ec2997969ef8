/** The weights of a safetensors file as a table; tensors that repeat in every layer share a row. */

import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { bytes, count, short } from '../../view/format.ts'
import { type Line, seg } from '../../view/line.ts'
import { table } from '../../view/table.ts'

interface TensorInfo {
  readonly dtype: string
  readonly shape: readonly number[]
}

export function weightsLines(folder: string, width: number): Line[] {
  const header = headerOf(join(folder, 'model.safetensors'))
  const groups = new Map<string, { name: string; info: TensorInfo; times: number }>()
  let parameters = 0
  let size = 0
  for (const [name, info] of Object.entries(header)) {
    const elements = info.shape.reduce((product, each) => product * each, 1)
    parameters += elements
    size += elements * (/(\d+)$/.exec(info.dtype)?.[1] ? Number(/(\d+)$/.exec(info.dtype)?.[1]) / 8 : 1)
    const alike = `${name.replace(/\.\d+\./g, '.*.')} ${info.dtype} ${info.shape.join()}`
    const group = groups.get(alike) ?? { name: name.replace(/\.\d+\./g, '.*.'), info, times: 0 }
    group.times++
    groups.set(alike, group)
  }
  const rows = [...groups.values()].map(({ name, info, times }) => [
    name,
    info.shape.join(' × '),
    info.dtype,
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

/** The header of a safetensors file: its length as 8 bytes, then JSON. */
function headerOf(path: string): Record<string, TensorInfo> {
  const file = openSync(path, 'r')
  try {
    const length = Buffer.alloc(8)
    readSync(file, length)
    const text = Buffer.alloc(Number(length.readBigUInt64LE()))
    readSync(file, text)
    const { __metadata__: _, ...tensors } = JSON.parse(text.toString('utf8'))
    return tensors
  } finally {
    closeSync(file)
  }
}
