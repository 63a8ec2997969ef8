/**
 * Where edits are tried: a project, a copy of llmpipe beside it whose std modules may be changed, and the store that the
 * unchanged project filled. Each edit gets a copy of that store, so that none profits from what another one made.
 */

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Event, eventsIn } from '../../cli/rig.ts'
import type { Edit } from './edits.ts'
import { files } from './program.ts'

export interface Outcome {
  readonly code: number | null
  /** The names of the stages that ran, sorted. */
  readonly ran: readonly string[]
  /** The digest of every stage's output, by its name. */
  readonly digests: ReadonlyMap<string, string>
  readonly stderr: string
}

export class Workshop {
  readonly #root = mkdtempSync(join(tmpdir(), 'llmpipe-precision-'))
  readonly #package = join(this.#root, 'package')
  #project = join(this.#root, 'project')
  #store = 'base'
  #stores = 0

  /** Sets everything up, and runs the program for the first time. */
  static async open(): Promise<Workshop> {
    const workshop = new Workshop()
    mkdirSync(workshop.#package)
    for (const name of ['dist', 'package.json']) cpSync(name, join(workshop.#package, name), { recursive: true })
    symlinkSync(resolve('node_modules'), join(workshop.#package, 'node_modules'))
    workshop.#restoreStdlib()
    for (const [name, text] of Object.entries(files)) workshop.write(name, text)
    // What is hashed within two seconds of its last change is hashed again anyway; the edits are to meet what is known by its looks.
    await sleep(2_100)
    const { code, stderr } = workshop.run()
    if (code !== 0) throw new Error(`the program itself fails: ${stderr}`)
    return workshop
  }

  /** Makes an edit, as if nothing but the first run had ever happened before, and runs the program. */
  try(edit: Edit): Outcome {
    this.#reset()
    edit.make?.(this)
    return this.run(edit.args, this.#store, edit.program)
  }

  /** The outcome of the project after an edit, in an empty store. */
  afresh({ args, program }: Edit): Outcome {
    const outcome = this.run(args, 'afresh', program)
    rmSync(this.#storeFolder('afresh'), { recursive: true, force: true })
    return outcome
  }

  /** Runs the program with the store of the edit, or with another one. */
  run(args: readonly string[] = [], store = this.#store, program = 'main.llmpipe'): Outcome {
    const command = [join(this.#package, 'dist/llmpipe.js'), 'run', program, '--json', '--store', `../stores/${store}`]
    const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
      cwd: this.#project,
      encoding: 'utf8',
    })
    const events: readonly Event[] = eventsIn(stdout)
    const ends = events.filter(({ event }) => event === 'finished' || event === 'cached')
    return {
      code: status,
      ran: ends.flatMap(({ event, stage }) => (event === 'finished' ? [stage!] : [])).sort(),
      digests: new Map(ends.map(({ stage, digest }) => [stage!, digest as string])),
      stderr: `${stderr}${events.map((event) => (event.event === 'failed' ? JSON.stringify(event) : '')).join('')}`,
    }
  }

  llmpipe(args: readonly string[]): void {
    const entry = join(this.#package, 'dist/llmpipe.js')
    const { status, stderr } = spawnSync(process.execPath, [entry, ...args], { cwd: this.#project, encoding: 'utf8' })
    if (status !== 0) throw new Error(`llmpipe ${args.join(' ')}: ${stderr}`)
  }

  path(name: string): string {
    return join(this.#project, name)
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), text)
  }

  /** Replaces a text that is there. */
  replace(from: string, to: string, name = 'main.llmpipe'): void {
    this.write(name, replaced(this.#read(name), from, to))
  }

  /** Replaces a text of a module of llmpipe itself. */
  replaceInStd(module: string, from: string, to: string): void {
    const path = join(this.#package, 'stdlib', `${module}.llmpipe`)
    writeFileSync(path, replaced(readFileSync(path, 'utf8'), from, to))
  }

  /** Replaces a text by one of the same length, and gives the file its old times again: only ctime tells. */
  replaceUnseen(from: string, to: string, name: string): void {
    if (Buffer.byteLength(from) !== Buffer.byteLength(to)) throw new Error('this is to keep the size')
    const { atime, mtime } = statSync(this.path(name))
    const text = readFileSync(this.path(name), 'utf8')
    writeFileSync(this.path(name), replaced(text, from, to), { flag: 'r+' })
    utimesSync(this.path(name), atime, mtime)
  }

  move(from: string, to: string): void {
    mkdirSync(dirname(this.path(to)), { recursive: true })
    renameSync(this.path(from), this.path(to))
  }

  /** Moves the whole project to another folder. */
  moveAway(): void {
    const to = join(this.#root, 'elsewhere')
    renameSync(this.#project, to)
    this.#project = to
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }

  #reset(): void {
    const first = join(this.#root, 'project')
    if (this.#project !== first) renameSync(this.#project, first)
    this.#project = first
    for (const name of filesIn(first)) if (!(name in files)) rmSync(join(first, name))
    for (const [name, text] of Object.entries(files)) {
      if (this.#read(name) === text) continue
      // It may be a link by now.
      rmSync(join(first, name), { force: true })
      this.write(name, text)
    }
    this.#restoreStdlib()
    this.#store = `${++this.#stores}`
    // Beside the first one: what a store knows of files outside it, it knows by their paths from there.
    const store = this.#storeFolder(this.#store)
    cpSync(this.#storeFolder('base'), store, { recursive: true, preserveTimestamps: true })
  }

  #read(name: string): string | undefined {
    const path = this.path(name)
    const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
    return isFile ? readFileSync(path, 'utf8') : undefined
  }

  #restoreStdlib(): void {
    cpSync('stdlib', join(this.#package, 'stdlib'), { recursive: true })
  }

  #storeFolder(name: string): string {
    return join(this.#root, 'stores', name)
  }
}

function replaced(text: string | undefined, from: string, to: string): string {
  if (text === undefined || !text.includes(from)) throw new Error(`there is no "${from}" to replace`)
  return text.replaceAll(from, () => to)
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [] : [join(entry.parentPath, entry.name).slice(folder.length + 1)],
  )
}
