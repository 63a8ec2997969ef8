/** The commands with which the README installs llmpipe, in folders that know nothing of this checkout. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const scratch = mkdtempSync(join(tmpdir(), 'llmpipe-package-'))
let tarball: string

/** Runs a command as a person would: without what npm hands to the commands that it starts, and with a home of its own. */
function run(folder: string, file: string, ...args: string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/i.test(name)))
  return execFileSync(file, args, {
    cwd: folder,
    env: { ...env, XDG_STATE_HOME: join(scratch, 'state') },
    encoding: 'utf8',
  })
}

beforeAll(() => {
  run(process.cwd(), 'npm', 'pack', '--pack-destination', scratch)
  tarball = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.tgz'))!)
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

test('a new project installs llmpipe, starts from init, and runs', () => {
  const project = mkdtempSync(join(scratch, 'project-'))
  run(project, 'npm', 'install', '--ignore-scripts', tarball)
  expect(run(project, 'npx', 'llmpipe', 'init', 'my-model')).toContain('npx llmpipe run my-model/pipeline.llmpipe')
  expect(run(project, 'npx', 'llmpipe', 'check', 'my-model/pipeline.llmpipe')).toContain('no errors')
  // Five steps reach no loss that anybody would expect.
  const ran = run(project, 'bash', '-c', 'npx llmpipe run my-model/pipeline.llmpipe -p steps=5 --keep-going || true')
  expect(ran).toMatch(/^\+ base +.*held-out loss/m)
  expect(readdirSync(join(project, 'node_modules/llmpipe/dist/torch'))).toContain('main.py')
  expect(run(project, 'npx', 'llmpipe', 'kinds', 'pretrain')).toContain('pretrain')
  expect(run(project, 'npx', 'llmpipe', 'kinds', 'llama')).toContain('llama')
})

test('installed globally, the command is there in every folder', () => {
  const prefix = join(scratch, 'global')
  run(scratch, 'npm', 'install', '--global', '--prefix', prefix, '--ignore-scripts', tarball)
  const command = join(prefix, 'bin', 'llmpipe')
  const folder = mkdtempSync(join(scratch, 'elsewhere-'))
  expect(run(folder, command, '--version').trim()).toMatch(/^\d+\.\d+\.\d+$/)
  expect(run(folder, command, 'init', '.')).toContain('llmpipe run pipeline.llmpipe')
  expect(run(folder, command, 'check', 'pipeline.llmpipe')).toContain('no errors')
})
