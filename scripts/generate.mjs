/**
 * Generates all files that are made from other files: the functions and the page of the error messages, the WebAssembly kernels, the
 * reference of the command line and of the stage kinds, the drawing in docs/architecture.md, and the archive of pipelines/web.llmpipe. With `--check` it writes nothing and
 * exits with 1 if a file is stale. Expectations of tests are not generated here: `UPDATE=1` rewrites them, and an author reads the difference.
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

for (const name of ['messages', 'kernels', 'reference', 'architecture', 'web-pages']) {
  const script = join(import.meta.dirname, `${name}.mjs`)
  const { status } = spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
