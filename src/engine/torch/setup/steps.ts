/** The commands that make an environment. */

import { quoted } from '../../../core/values/shell-word.ts'
import { pythonOf } from '../python/candidates.ts'
import { oldestTorch } from '../python/faults.ts'
import type { Build } from './build.ts'

/** Makes environments: uv, or a Python with its modules venv and pip. */
export type Installer =
  | { readonly type: 'uv'; readonly uv: string; readonly python: string }
  | { readonly type: 'pip'; readonly python: string }

export interface Step {
  readonly command: string
  readonly args: readonly string[]
}

/** The packages that the engine needs. PyTorch uses numpy if it is there, and warns if not. */
const packages = [`torch>=${oldestTorch}`, 'numpy']

/** The steps that make `folder` an environment with a build of PyTorch. */
export function stepsFor(installer: Installer, folder: string, { index }: Build): Step[] {
  const python = pythonOf(folder, process.platform)
  const from = index === undefined ? [] : ['--index-url', index]
  switch (installer.type) {
    case 'uv':
      return [
        { command: installer.uv, args: ['venv', '--python', installer.python, folder] },
        { command: installer.uv, args: ['pip', 'install', '--python', python, ...from, ...packages] },
      ]
    case 'pip':
      return [
        { command: installer.python, args: ['-m', 'venv', folder] },
        { command: python, args: ['-m', 'pip', 'install', ...from, ...packages] },
      ]
  }
}

/** A step as one types it. */
export function stepInWords({ command, args }: Step): string {
  return [command, ...args].map(quoted).join(' ')
}

/**
 * The environment of the steps. Settings that install elsewhere than into the environment are left out, and the installers ask nothing.
 * `temporary` is the folder for temporary files.
 */
export function stepEnvironment(env: NodeJS.ProcessEnv, temporary: string): NodeJS.ProcessEnv {
  const { PIP_TARGET, PIP_PREFIX, PYTHONHOME, PYTHONPATH, __PYVENV_LAUNCHER__, ...kept } = env
  const forPip = { PIP_USER: '0', PIP_NO_INPUT: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  return { ...kept, ...forPip, PYTHONUNBUFFERED: '1', TMPDIR: temporary, TEMP: temporary, TMP: temporary }
}
