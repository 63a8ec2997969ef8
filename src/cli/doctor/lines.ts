/** The report of `llmpipe doctor` for people. */

import type { PythonSource } from '../../engine/torch/python/candidates.ts'
import { oldestTorch } from '../../engine/torch/python/faults.ts'
import { bytes, plural } from '../../view/format.ts'
import { fitTo, type Line, seg, type Tone, width } from '../../view/line.ts'
import type { Examination, Part } from './examine.ts'
import { type Advice, broken, good, missing, type Row, type State } from './rows.ts'
import { clusterAdvice, clusterRows } from './slurm/lines.ts'
import type { ClusterExamination } from './slurm/probe.ts'

const marks: Readonly<Record<State, readonly [sign: string, tone: Tone]>> = {
  good: ['✓', 'good'],
  missing: ['–', 'dim'],
  broken: ['✗', 'bad'],
}

const sources: Readonly<Record<PythonSource, string>> = {
  option: '--python',
  variable: 'LLMPIPE_PYTHON',
  setup: 'made by llmpipe setup torch',
  environment: 'the active environment',
  path: 'on PATH',
}

/** The lines for this machine, and for a Slurm cluster if one was tried. */
export function doctorLines(found: Examination, slurm?: ClusterExamination): Line[] {
  const sections: readonly (readonly [title: string, rows: readonly Row[]])[] = [
    ['This machine', machineRows(found)],
    ['Engines without Python', [engineRow('onnx', found.engines.onnx), engineRow('tfjs', found.engines.tfjs)]],
    ['PyTorch', torchRows(found)],
    ...(slurm === undefined ? [] : [['Slurm', clusterRows(found, slurm)] as const]),
  ]
  const wide = Math.max(...sections.flatMap(([, rows]) => rows.map(({ name }) => width(name))))
  const row = ({ state, name, text }: Row): Line => {
    const [sign, tone] = marks[state]
    return [seg(`  ${sign} `, tone), seg(`${fitTo(name, wide)}  `, 'dim'), seg(text)]
  }
  const advice = [...advise(found), ...(slurm === undefined ? [] : clusterAdvice(found, slurm))]
  return [
    ...sections.flatMap(([title, rows], i): Line[] => [
      ...(i === 0 ? [] : [[]]),
      [seg(title, 'bold')],
      ...rows.map(row),
    ]),
    ...(advice.length === 0 ? [] : [[], [seg('What could be better', 'bold')] as Line]),
    ...advice.flatMap(({ name, purpose, remedy }): Line[] => [
      [seg('  '), seg(name, 'accent'), seg(`: ${purpose}`)],
      [seg(`    ${remedy}`, 'dim')],
    ]),
  ]
}

function machineRows({ llmpipe, node, machine, store }: Examination): Row[] {
  const { processor, cores, memory, limited } = machine
  const place = store.exists ? store.folder : `${store.folder} (not made yet)`
  const free = store.free === null ? '' : `, ${bytes(store.free)} free on its disk`
  return [
    good('llmpipe', `${llmpipe.version}, ${llmpipe.folder}`),
    good('Node', node.version),
    good('processor', `${processor}, ${plural(cores, 'cores')}`),
    good('memory', `${bytes(memory)}${limited ? ', the limit of this container' : ''}`),
    {
      state: store.writable ? 'good' : 'broken',
      name: 'store',
      text: `${place}${free}${store.writable ? '' : ', read-only'}`,
    },
  ]
}

function engineRow(name: 'onnx' | 'tfjs', part: Part): Row {
  if ('description' in part) return good(name, `${part.description}${name === 'onnx' ? ' (the default)' : ''}`)
  return { state: name === 'onnx' || !isAbsent(part) ? 'broken' : 'missing', name, text: part.failure.message }
}

function torchRows({ python, unusable, gpus }: Examination): Row[] {
  const driver = gpus.nvidia[0]?.driver
  const driverRows = [
    ...(driver === undefined ? [] : [good('driver', `NVIDIA ${driver}, ${plural(gpus.nvidia.length, 'GPUs')}`)]),
    ...(gpus.nvidiaFault === undefined ? [] : [broken('driver', `nvidia-smi lists no GPU: ${gpus.nvidiaFault}`)]),
  ]
  if (python === null) {
    const looked = unusable.map(({ reason, source }): Row => {
      const isNamed = source === 'option' || source === 'variable'
      return { state: isNamed ? 'broken' : 'missing', name: 'Python', text: `${reason} (${sources[source]})` }
    })
    return [...(looked.length > 0 ? looked : [missing('Python', 'there is no python3 on PATH')]), ...driverRows]
  }
  const { cuda, hip, trouble } = python
  const unseen = python.devices.every(({ kind }) => kind === 'cpu') ? ', and no GPU is seen' : ''
  return [
    good('Python', `${python.python}, ${python.path} (${sources[python.source]})`),
    good('PyTorch', python.torch),
    ...(cuda === undefined ? [] : [good('CUDA', `${cuda}${unseen}`)]),
    ...(hip === undefined ? [] : [good('ROCm', `${hip}${unseen}`)]),
    ...driverRows,
    ...(trouble === undefined ? [] : [broken('GPU', trouble)]),
    ...python.devices.map(({ name, memory }) =>
      good('device', memory === undefined ? name : `${name}, ${bytes(memory)}`),
    ),
  ]
}

function advise({ engines, python, named, gpus, store }: Examination): Advice[] {
  const advice: Advice[] = []
  if (!store.writable)
    advice.push({
      name: 'store',
      purpose: 'no stage can run',
      remedy: 'name a folder that is writable: --store FOLDER',
    })
  if ('failure' in engines.onnx)
    advice.push({
      name: 'onnx',
      purpose: 'the default engine does not load, so no model can be trained or used with it',
      remedy: engines.onnx.failure.help ?? 'install llmpipe again: npm install llmpipe',
    })
  if ('failure' in engines.tfjs)
    advice.push({
      name: 'tfjs',
      purpose: 'optional; a second engine, for machines that have TensorFlow',
      remedy: isAbsent(engines.tfjs) ? 'npm install @tensorflow/tfjs-node' : (engines.tfjs.failure.help ?? ''),
    })
  if (named !== undefined)
    advice.push({ name: 'Python', purpose: named.message, remedy: named.help ?? 'llmpipe setup torch' })
  else if (python === null)
    advice.push({
      name: 'PyTorch',
      purpose: 'optional; the engine torch, which trains on GPUs',
      remedy: `llmpipe setup torch, or name a Python with PyTorch ${oldestTorch} or newer: --python PATH or LLMPIPE_PYTHON`,
    })
  const hasGpu = python?.devices.some(({ kind }) => kind !== 'cpu') ?? false
  if (python !== null && !hasGpu && gpus.nvidia.length > 0)
    advice.push({
      name: 'GPU',
      purpose: `PyTorch does not see ${gpus.nvidia[0]!.name}${python.cuda === undefined ? ': it is a build without CUDA' : ''}`,
      remedy: 'llmpipe setup torch --cuda',
    })
  if (python?.hip === undefined && !hasGpu && gpus.hasRocm && gpus.nvidia.length === 0)
    advice.push({
      name: 'GPU',
      purpose: 'there seems to be an AMD GPU, which needs the build of PyTorch for ROCm',
      remedy: 'install it as pytorch.org describes, and name its Python: --python PATH or LLMPIPE_PYTHON',
    })
  return advice
}

/** Whether the packages of an engine are not installed, which is normal. */
function isAbsent({ failure }: { readonly failure: { readonly message: string } }): boolean {
  return !failure.message.includes('is installed')
}
