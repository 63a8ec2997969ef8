/** The weights of a safetensors file as a table; tensors that repeat in every layer share a row. */

import { join } from 'node:path'
import { SafetensorsFile } from '../../train/weights/safetensors.ts'
import type { TensorEntry } from '../../train/weights/safetensors-header.ts'
import { bytes, count, short } from '../../view/format.ts'
import { type Line, seg } from '../../view/line.ts'
import { table } from '../../view/table.ts'

/** Throws a StageError `damaged-weights` if the file in `folder` is corrupt. */
export function weightsLines(folder: string, width: number): Line[] {
  const file = new SafetensorsFile(join(folder, 'model.safetensors'))
  file.close()
  const groups = new Map<string, { name: string; info: TensorEntry; times: number }>()
  let parameters = 0
  let size = 0
  for (const [name, info] of file.entries) {
    parameters += info.shape.reduce((product, each) => product * each, 1)
    size += info.end - info.start
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
