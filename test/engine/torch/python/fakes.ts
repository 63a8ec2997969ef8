/** Programs that answer like a Python, or fail like one: shell scripts. */

import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { answerMark } from '../../../../src/engine/torch/python/probe-script.ts'

export interface FakePython {
  /** The version of Python. */
  readonly python?: string
  readonly bits?: number
  /** The version of torch; without it the second answer is `failure`. */
  readonly torch?: string
  readonly failure?: { readonly missing: boolean; readonly broken: string }
  readonly cuda?: string
  readonly devices?: readonly object[]
  readonly trouble?: string
  /** Shell commands before the answers. */
  readonly before?: string
  /** Shell commands between the answer about Python and the answer about torch. */
  readonly between?: string
}

/** Writes a fake Python to `path` and returns its path. Each of its starts adds a line to `calls` beside it. */
export function fakePython(path: string, fake: FakePython = {}): string {
  const packages = join(dirname(path), 'site-packages')
  mkdirSync(join(packages, 'torch'), { recursive: true })
  writeFileSync(join(packages, 'torch', 'version.py'), fake.torch ?? '')
  const { python = '3.12.3', bits = 64, torch, failure, cuda = null, devices = [], trouble } = fake
  const second =
    torch === undefined
      ? (failure ?? { missing: true, broken: "ModuleNotFoundError: No module named 'torch'" })
      : { torch, file: join(packages, 'torch', '__init__.py'), cuda, hip: null, devices, trouble }
  return script(path, [
    'echo started >> "$0.calls"',
    fake.before ?? '',
    echo({ executable: path, python, bits }),
    fake.between ?? '',
    echo(second),
  ])
}

function echo(answer: object): string {
  return `/bin/cat <<'END'\n${answerMark}${JSON.stringify(answer)}\nEND`
}

/** Writes an executable shell script and returns its path. */
export function script(path: string, lines: readonly string[]): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  chmodSync(path, 0o755)
  return path
}

/** How often a fake was started. */
export function starts(path: string): number {
  appendFileSync(`${path}.calls`, '')
  return readFileSync(`${path}.calls`, 'utf8').split('\n').length - 1
}

/** An empty folder. The folder of the run, which holds it, is removed at the end. */
export function scratch(): string {
  return mkdtempSync(join(realpathSync(tmpdir()), 'python-'))
}
