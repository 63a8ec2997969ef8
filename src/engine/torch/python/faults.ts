/** Why a Python cannot run the engine, in words, each with the way out. */

import { quoted } from '../../../core/values/shell-word.ts'
import { unreachable } from '../../../core/values/unreachable.ts'

export type PythonFault = { readonly path: string } & (
  | { readonly type: 'missing' | 'folder' | 'not-executable' }
  | { readonly type: 'cannot-start'; readonly reason: string }
  | { readonly type: 'hangs'; readonly seconds: number; readonly doing: 'start' | 'import torch' }
  /** It ran and answered nothing: `how` says how it ended, `printed` is the last line of its output. */
  | { readonly type: 'no-answer'; readonly how: string; readonly printed: string }
  | { readonly type: 'old-python' | '32-bit' | 'no-torch'; readonly python: string }
  | { readonly type: 'broken-torch'; readonly reason: string }
  | { readonly type: 'old-torch'; readonly torch: string }
)

/** The oldest versions that the engine works with. */
export const oldestPython = '3.10'
export const oldestTorch = '2.6'

/** Makes an environment with everything that the engine needs. */
const setup = '`llmpipe setup torch` makes an environment for it'

/** The fault as a sentence without its period: `/usr/bin/python3 (Python 3.11.7) has no torch`. */
export function faultInWords(fault: PythonFault): string {
  const { path } = fault
  switch (fault.type) {
    case 'missing':
      return `${path} does not exist`
    case 'folder':
      return `${path} is a folder, not a Python`
    case 'not-executable':
      return `${path} is not executable`
    case 'cannot-start':
      return `${path} cannot be started: ${fault.reason}`
    case 'hangs':
      return `${path} did not ${fault.doing} within ${fault.seconds} s`
    case 'no-answer':
      return `${path} does not answer like a Python: ${fault.how}${fault.printed === '' ? '' : ` and printed "${shortened(fault.printed)}"`}`
    case 'old-python':
      return `${path} is Python ${fault.python}; ${oldestPython} or newer is needed`
    case '32-bit':
      return `${path} (Python ${fault.python}) is a 32-bit program, for which there is no PyTorch`
    case 'no-torch':
      return `${path} (Python ${fault.python}) has no torch`
    case 'broken-torch':
      return `the torch of ${path} cannot be imported: ${fault.reason}`
    case 'old-torch':
      return `the torch of ${path} is ${fault.torch}; ${oldestTorch} or newer is needed`
    default:
      return unreachable(fault)
  }
}

/** The beginning of what a program printed: some repeat the whole program that they were given. */
function shortened(printed: string): string {
  return printed.length > 100 ? `${printed.slice(0, 100)}…` : printed
}

/** The way out, for a Python that the user named. `inside` is the Python of the folder, if the fault is a folder that is an environment. */
export function helpFor(fault: PythonFault, inside?: string): string {
  const pip = `${quoted(fault.path)} -m pip install`
  switch (fault.type) {
    case 'missing':
      return `Name a Python that exists; ${setup}.`
    case 'folder':
      return inside === undefined
        ? `Name the program: the path of its bin/python, for example.`
        : `Did you mean ${inside}?`
    case 'not-executable':
      return `Name a Python, or allow it to run: chmod +x ${quoted(fault.path)}.`
    case 'cannot-start':
    case 'no-answer':
    case 'old-python':
    case '32-bit':
      return `Name a 64-bit Python ${oldestPython} or newer with PyTorch ${oldestTorch} or newer; ${setup}.`
    case 'hangs':
      return (
        'On a slow disk the first start takes long: try again. Otherwise see what it does: ' +
        `${quoted(fault.path)} -c "import torch".`
      )
    case 'no-torch':
      return `Install it: ${pip} torch. Or leave this Python as it is: ${setup}.`
    case 'broken-torch':
      return `Install it again: ${pip} --force-reinstall torch. Or leave this Python as it is: ${setup}.`
    case 'old-torch':
      return `Install a newer one: ${pip} --upgrade torch. Or leave this Python as it is: ${setup}.`
    default:
      return unreachable(fault)
  }
}
