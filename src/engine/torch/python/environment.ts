/** The environment of each Python that llmpipe starts. */

import { delimiter, isAbsolute, resolve } from 'node:path'

/**
 * The environment without what would load other code than the Python's own. PYTHONPATH keeps its absolute folders, where clusters keep PyTorch, but not
 * the current folder, which an empty entry names too: a `json.py` of a project would be imported in place of Python's. PYTHONHOME is left out, as by
 * the scripts that activate a virtual environment: a Python does not start with the library of another.
 */
export function pythonEnvironment(own: NodeJS.ProcessEnv, here: string = process.cwd()): NodeJS.ProcessEnv {
  const { PYTHONHOME: _, PYTHONPATH: folders, ...others } = own
  const kept = (folders ?? '').split(delimiter).filter((folder) => isAbsolute(folder) && resolve(folder) !== here)
  return kept.length === 0 ? others : { ...others, PYTHONPATH: kept.join(delimiter) }
}
