/** Starts a Python once and asks for its version, its PyTorch and the devices that PyTorch sees. */

import { accessSync, constants, statSync } from 'node:fs'
import { answersIn, isAboutPython, isAboutTorch, isFailure } from './answers.ts'
import type { Candidate } from './candidates.ts'
import { oldestPython, oldestTorch, type PythonFault } from './faults.ts'
import { answerMark, probeScript } from './probe-script.ts'
import { type Ended, runToEnd } from './run-to-end.ts'
import type { TorchDevice, TorchPython } from './torch-python.ts'

export type Probed = { readonly found: TorchPython } | { readonly fault: PythonFault }

/** Asks a Python. `timeout` is in milliseconds. Returns a fault instead of throwing. */
export async function probe(
  { path, args }: Pick<Candidate, 'path' | 'args'>,
  options: { readonly env: NodeJS.ProcessEnv; readonly timeout: number; readonly cpu: TorchDevice },
): Promise<Probed> {
  const fault = faultOfFile(path)
  if (fault !== undefined) return { fault }
  const ended = await runToEnd(path, [...args, '-c', probeScript], options)
  if ('cannotStart' in ended) return { fault: { type: 'cannot-start', path, reason: ended.cannotStart } }
  const [first, second] = answersIn(ended.stdout)
  if (!isAboutPython(first)) {
    if (ended.isLate) return { fault: { type: 'hangs', path, seconds: options.timeout / 1000, doing: 'start' } }
    return { fault: { type: 'no-answer', path, how: howItEnded(ended), printed: lastLine(ended) } }
  }
  const { python, bits } = first
  if (bits < 64) return { fault: { type: '32-bit', path, python } }
  if (isOlder(python, oldestPython)) return { fault: { type: 'old-python', path, python } }
  if (isFailure(second)) {
    if (second.missing) return { fault: { type: 'no-torch', path, python } }
    return { fault: { type: 'broken-torch', path, reason: second.broken } }
  }
  if (!isAboutTorch(second)) {
    if (ended.isLate) return { fault: { type: 'hangs', path, seconds: options.timeout / 1000, doing: 'import torch' } }
    return { fault: { type: 'broken-torch', path, reason: `${howItEnded(ended)}${said(lastLine(ended))}` } }
  }
  const { torch, file, cuda, hip, devices, trouble } = second
  if (isOlder(torch, oldestTorch)) return { fault: { type: 'old-torch', path, torch } }
  const found = {
    // The launcher of Windows and the shims of version managers start another program.
    path: first.executable === '' ? path : first.executable,
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

function faultOfFile(path: string): PythonFault | undefined {
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

function said(line: string): string {
  return line === '' ? '' : ` (${line})`
}
