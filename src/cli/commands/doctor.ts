/** `llmpipe doctor`: what llmpipe finds on this machine, what is missing, and how to get it. */

import { defineCommand } from '../command.ts'
import { json, pythonOption, storeOption } from '../common-options.ts'
import { isFit, requirable } from '../doctor/verdict.ts'
import { choice } from '../option.ts'
import { print, printJson } from '../terminal/print.ts'
import { exit } from '../terminal/refusal.ts'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'show what llmpipe finds on this machine, what is missing, and how to get it',
  details: `Looks at Node, the processor, memory, the disk of the store, the engines, Python, PyTorch and its devices. Exit codes: 0 in
    general, 1 if something is broken that llmpipe needs or that was asked for: ONNX Runtime, a store that can be written, the Python
    that --python or LLMPIPE_PYTHON names, or what --require names.`,
  options: {
    require: choice('engine', requirable, 'exit with 1 if this engine cannot be used'),
    python: pythonOption,
    store: storeOption,
    json: { ...json, description: 'print everything as JSON' },
  },
  examples: [
    ['llmpipe doctor', ''],
    ['llmpipe doctor --python ~/venv/bin/python', 'would this Python do?'],
    ['llmpipe doctor --require torch && llmpipe run pipeline.llmpipe', 'in a script'],
    ['llmpipe doctor --json', 'for tools, and for reports of faults'],
  ],
  async run(_, options) {
    const { examine } = await import('../doctor/examine.ts')
    const found = await examine(options.store, { python: options.python })
    if (options.json) printJson(found)
    else {
      const { doctorLines } = await import('../doctor/lines.ts')
      print(doctorLines(found))
    }
    return isFit(found, options.require) ? exit.done : exit.failed
  },
})
