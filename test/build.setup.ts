/** Before the tests: bundles dist/ once, so that tests of the real command run the sources as they are, and sets up the temporary folder. */

import { execFileSync } from 'node:child_process'
import { openScratch } from './scratch.ts'

export default function setup(): () => void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
  const scratch = openScratch()
  process.env.TMPDIR = scratch.folder
  return scratch.remove
}
