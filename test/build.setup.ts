/** Bundles dist/ once before the tests, so that those that start the real command run what the sources say. */

import { execFileSync } from 'node:child_process'

export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
}
