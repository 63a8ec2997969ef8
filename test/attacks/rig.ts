/** Projects that want to run what nobody trusted, and what shows whether anything of them ran. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type Hostile, hostileIn } from './hostile.ts'

export type { Hostile } from './hostile.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'llmpipe-attack-'))
  folders.push(made)
  return made
}

/** `FILE` in texts stands for the file that is made by whatever runs. */
export function hostile(files: Readonly<Record<string, string>>): Hostile {
  return hostileIn(folder(), folder(), files)
}

/** A program with a command that leaves a trace. */
export const commands: Readonly<Record<string, string>> = {
  'a.llmpipe': 'data all = shell(command: "touch FILE; echo > $OUT/x", makes: files)\nexport all to "out"\n',
}

/** A program with a stage in TypeScript that leaves a trace when it is loaded, or when a file it imports is. */
export const code: Readonly<Record<string, string>> = {
  'a.llmpipe': 'use "./own.ts" { own }\ndata all = own()\nexport all to "out"\n',
  'own.ts': `import './helper.ts'
import { defineStage } from 'llmpipe'
export const own = defineStage({ summary: 'x', output: 'Files', run() {} })
`,
  'helper.ts': "import { writeFileSync } from 'node:fs'\nwriteFileSync('FILE', '')\n",
}
