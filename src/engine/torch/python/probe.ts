/** Starts a Python once and asks for its version, its PyTorch and the devices that PyTorch sees. */

import { accessSync, constants, statSync } from 'node:fs'
import { type AboutPython, answersIn, isAboutPython, isAboutTorch, isFailure } from './answers.ts'
import type { Candidate } from './candidates.ts'
import { pythonEnvironment } from './environment.ts'
import { oldestPython, oldestTorch, type PythonFault } from './faults.ts'
import { answerMark, probeScript, versionScript } from './probe-script.ts'
import { type Ended, runToEnd } from './run-to-end.ts'
import type { TorchDevice, TorchPython } from './torch-python.ts'

export type Probed = { readonly found: TorchPython } | { readonly fault: PythonFault }

/** How a Python is asked: in this environment, within `timeout` ms. */
export interface Asking {
  readonly env: NodeJS.ProcessEnv
  readonly timeout: number
}

/** Asks a Python for its version, its PyTorch and the devices, to which `cpu` is added. Returns a fault instead of throwing. */
export async function probe(
  candidate: Pick<Candidate, 'path' | 'args'>,
  options: Asking & { readonly cpu: TorchDevice },
): Promise<Probed> {
  const { path } = candidate
  const asked = await ask(candidate, probeScript, options)
  if ('fault' in asked) return asked
  const { about, second, ended } = asked
  const { python } = about
  if (isFailure(second)) {
    if (second.missing) return { fault: { type: 'no-torch', path, python } }
    return { fault: { type: 'broken-torch', path, reason: second.broken } }
  }
  if (!isAboutTorch(second)) {
    if (ended.isLate) return { fault: { type: 'hangs', path, seconds: options.timeout / 1000, doing: 'import torch' } }
    return { fault: { type: 'broken-torch', path, reason: `${howItEnded(ended)}${inBrackets(lastLine(ended))}` } }
  }
  const { torch, file, cuda, hip, devices, trouble } = second
  if (isOlder(torch, oldestTorch)) return { fault: { type: 'old-torch', path, torch } }
  const found = {
    path: about.executable,
    python,
    torch,
    file,
    ...(cuda === null ? {} : { cuda }),
    ...(hip === null ? {} : { hip }),
    devices: [...devices, options.cpu],
    ...(trouble === undefined || devices.length > 0 ? {} : { trouble }),
  }
  return { found }
}

/** Asks a Python only for its path and its version, which takes no time worth mentioning. */
export async function probeVersion(
  candidate: Pick<Candidate, 'path' | 'args'>,
  options: Asking,
): Promise<{ readonly path: string; readonly python: string } | { readonly fault: PythonFault }> {
  const asked = await ask(candidate, versionScript, options)
  return 'fault' in asked ? asked : { path: asked.about.executable, python: asked.about.python }
}

/** Runs a script in a Python. Returns its answers if this Python is a 64-bit one and new enough. */
async function ask(
  { path, args }: Pick<Candidate, 'path' | 'args'>,
  code: string,
  options: Asking,
): Promise<{ about: AboutPython; second: unknown; ended: Ended } | { fault: PythonFault }> {
  const fault = faultOfFile(path)
  if (fault !== undefined) return { fault }
  const ended = await runToEnd(path, [...args, '-c', code], { ...options, env: pythonEnvironment(options.env) })
  if ('cannotStart' in ended) return { fault: { type: 'cannot-start', path, reason: ended.cannotStart } }
  const [first, second] = answersIn(ended.stdout)
  if (!isAboutPython(first)) {
    if (ended.isLate) return { fault: { type: 'hangs', path, seconds: options.timeout / 1000, doing: 'start' } }
    return { fault: { type: 'no-answer', path, how: howItEnded(ended), printed: lastLine(ended) } }
  }
  const { executable, python, bits } = first
  if (bits < 64) return { fault: { type: '32-bit', path, python } }
  if (isOlder(python, oldestPython)) return { fault: { type: 'old-python', path, python } }
  // The launcher of Windows and the shims of version managers start another program.
  return { about: { ...first, executable: executable === '' ? path : executable }, second, ended }
}

/** The fault of a path that is not an executable file. */
export function faultOfFile(path: string): PythonFault | undefined {
  try {
    if (statSync(path).isDirectory()) return { type: 'folder', path }
    accessSync(path, constants.X_OK)
    return undefined
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EACCES'
    return { type: isThere ? 'not-executable' : 'missing', path }
  }
}

/** Whether a version is older: `2.6.0+cu124` is not older than `2.6`. */
function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const [oldMajor = 0, oldMinor = 0] = than.split('.').map(Number)
  return major < oldMajor || (major === oldMajor && minor < oldMinor)
}

function howItEnded({ code, signal }: Ended): string {
  return signal === null ? `the process ended with exit code ${code}` : `the process was ended by ${signal}`
}

function lastLine({ stdout, stderr }: Ended): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '' && !line.startsWith(answerMark))
  return (lines.at(-1) ?? '').trim().slice(0, 300)
}

function inBrackets(line: string): string {
  return line === '' ? '' : ` (${line})`
}
