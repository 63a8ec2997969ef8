// Loaded before llmpipe (NODE_OPTIONS=--import): a runner that sees new files of other machines late, as NFS shows a name that was looked for before it
// existed. LATE_FILES is a regular expression of paths, LATE_BY the delay in milliseconds. Jobs inherit the environment and are left as they are.

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { LATE_FILES: pattern, LATE_BY: delay } = process.env
if (pattern !== undefined && process.argv[2] === 'run') {
  const late = new RegExp(pattern)
  const { statSync } = fs
  const check = (path) => {
    if (typeof path !== 'string' || !late.test(path)) return
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined || Date.now() - stat.birthtimeMs > Number(delay)) return
    throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), {
      code: 'ENOENT',
      errno: -2,
      syscall: 'open',
      path,
    })
  }
  for (const name of ['readFileSync', 'openSync', 'lstatSync', 'readdirSync']) {
    const original = fs[name]
    fs[name] = (path, ...rest) => {
      check(path)
      return original(path, ...rest)
    }
  }
  fs.statSync = (path, options) => {
    try {
      check(path)
    } catch (error) {
      if (options?.throwIfNoEntry === false) return undefined
      throw error
    }
    return statSync(path, options)
  }
  const { existsSync } = fs
  fs.existsSync = (path) => {
    try {
      check(path)
    } catch {
      return false
    }
    return existsSync(path)
  }
  for (const name of ['readFile', 'stat', 'lstat', 'open', 'readdir']) {
    const original = fs.promises[name]
    fs.promises[name] = async (path, ...rest) => {
      check(path)
      return original(path, ...rest)
    }
  }
  syncBuiltinESMExports()
}
