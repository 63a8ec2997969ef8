/** The search for a Python with PyTorch finds the one of LLMPIPE_PYTHON, and passes by a torch.py of the current folder. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answersIn, isAboutTorch } from '../../../src/engine/torch/python/answers.ts'
import { findPython } from '../../../src/engine/torch/python/find.ts'
import { probeScript } from '../../../src/engine/torch/python/probe-script.ts'

const python = process.env.LLMPIPE_PYTHON

describe.skipIf(python === undefined)('findPython', () => {
  it('finds the real one, with its versions', async () => {
    const found = await findPython({ cache: undefined })
    const version = execFileSync(python!, ['-c', 'import torch; print(torch.__version__)']).toString().trim()
    expect(found).toMatchObject({ source: 'variable', torch: version, path: python })
    expect(found.devices.at(-1)).toMatchObject({ kind: 'cpu' })
  })

  it('finds it although PYTHONHOME names another, and PYTHONPATH the current folder', async () => {
    const env = { ...process.env, PYTHONHOME: '/nonexistent', PYTHONPATH: `${process.cwd()}:` }
    expect(await findPython({ cache: undefined, env })).toMatchObject({ source: 'variable' })
  })

  it('does not import a torch.py of the current folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'python-'))
    writeFileSync(join(folder, 'torch.py'), 'raise SystemExit("a module of the project ran")')
    const printed = execFileSync(python!, ['-c', probeScript], { cwd: folder }).toString()
    expect(answersIn(printed).some(isAboutTorch)).toBe(true)
  })
})
