/** Ways in which a file can be damaged. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

/** Writes over a file of the store, which is read-only. */
export function damage(path: string, text: string): void {
  chmodSync(path, 0o644)
  writeFileSync(path, text)
}

export const damages: Readonly<Record<string, (path: string) => void>> = {
  'is empty': (path) => damage(path, ''),
  'is null': (path) => damage(path, 'null'),
  'is a list': (path) => damage(path, '[1, null, {}]\n'),
  'is an object of nulls': (path) =>
    damage(path, '{"event":null,"time":null,"error":null,"a":null,"key":null,"id":null}\n'),
  'is other bytes': (path) => damage(path, '\u0000\uFFFD\u0001"{['),
  'is cut short': (path) => damage(path, readFileSync(path, 'utf8').slice(0, -7)),
  'has a flipped bit': (path) => {
    const bytes = readFileSync(path)
    chmodSync(path, 0o644)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(path, bytes)
  },
  'is a folder': (path) => {
    rmSync(path)
    mkdirSync(path)
  },
  'is a pipe': (path) => {
    rmSync(path)
    execFileSync('mkfifo', [path])
  },
}
