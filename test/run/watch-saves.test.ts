/** Every way of saving a file, of every sort of file that is watched: noticed, once, and nothing after it. */

import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Eyes } from '../../src/run/watch/eyes.ts'
import { openStore } from '../../src/store/folder-store.ts'
import { planOf, temporaryFolder } from './rig.ts'

/** Long enough for a change that would be noticed a second time. */
const QUIET = 400
/** Longer than any change takes to be noticed: what was not noticed by then is not. */
const LONG = 10_000

/** The watched files: where each lies below the project, and how the program names it. */
const targets = {
  'the program': { path: 'project/a.llmpipe', isSource: true },
  'an import': { path: 'project/lib/part.llmpipe', isSource: true },
  'a data file': { path: 'project/data/a.txt', pattern: 'data/a.txt' },
  'a folder of data': { path: 'project/data/a.txt', pattern: 'data/*.txt' },
  'a tree of data': { path: 'project/data/deep/er/a.txt', pattern: 'data/**/*.txt' },
} as const satisfies Record<string, { path: string; isSource?: true; pattern?: string }>
type Target = { readonly path: string; readonly isSource?: true; readonly pattern?: string }

const beside = (path: string, name: string) => join(dirname(path), name)

/** How editors and tools save. */
const saves: Readonly<Record<string, (path: string, text: string) => void | Promise<void>>> = {
  'truncate and write': (path, text) => writeFileSync(path, text),
  append: (path, text) => appendFileSync(path, text),
  'rename over': (path, text) => {
    writeFileSync(`${path}.tmp`, text)
    renameSync(`${path}.tmp`, path)
  },
  'unlink and create': (path, text) => {
    unlinkSync(path)
    writeFileSync(path, text)
  },
  'two chunks': async (path, text) => {
    writeFileSync(path, text.slice(0, 2))
    await sleep(30)
    appendFileSync(path, text.slice(2))
  },
  'vim, backupcopy=no': (path, text) => {
    writeFileSync(beside(path, '4913'), '')
    unlinkSync(beside(path, '4913'))
    renameSync(path, `${path}~`)
    writeFileSync(path, text)
    unlinkSync(`${path}~`)
  },
  'vim, backupcopy=yes': (path, text) => {
    copyFileSync(path, `${path}~`)
    writeFileSync(path, text)
    unlinkSync(`${path}~`)
  },
  emacs: (path, text) => {
    const name = basename(path)
    symlinkSync('me@here.1', beside(path, `.#${name}`))
    writeFileSync(beside(path, `#${name}#`), text)
    renameSync(path, `${path}~`)
    writeFileSync(path, text)
    unlinkSync(beside(path, `.#${name}`))
    unlinkSync(beside(path, `#${name}#`))
  },
  'VS Code': (path, text) => {
    writeFileSync(path, '', { flag: 'r+' })
    writeFileSync(path, text)
  },
  JetBrains: (path, text) => {
    writeFileSync(`${path}___jb_tmp___`, text)
    renameSync(path, `${path}___jb_old___`)
    renameSync(`${path}___jb_tmp___`, path)
    unlinkSync(`${path}___jb_old___`)
  },
  'copy over': (path, text) => {
    writeFileSync(`${path}.other`, text)
    copyFileSync(`${path}.other`, path)
    unlinkSync(`${path}.other`)
  },
  'git checkout': (path, text) => {
    mkdirSync(beside(path, '.git'), { recursive: true })
    writeFileSync(beside(path, '.git/index.lock'), text)
    unlinkSync(path)
    writeFileSync(path, text, { flag: 'wx' })
    renameSync(beside(path, '.git/index.lock'), beside(path, '.git/index'))
  },
  'rsync -t, older than before': (path, text) => {
    writeFileSync(beside(path, '.a.Xy12'), text)
    utimesSync(beside(path, '.a.Xy12'), 1_000, 1_000)
    renameSync(beside(path, '.a.Xy12'), path)
  },
  'moved away and back, then written': (path, text) => {
    renameSync(path, `${path}.away`)
    renameSync(`${path}.away`, path)
    writeFileSync(path, text)
  },
  'its folder moved away and back, then written': (path, text) => {
    renameSync(dirname(path), `${dirname(path)}.away`)
    renameSync(`${dirname(path)}.away`, dirname(path))
    writeFileSync(path, text)
  },
  'its folder removed and made again': (path, text) => {
    rmSync(dirname(path), { recursive: true })
    mkdirSync(dirname(path))
    writeFileSync(path, text)
  },
  'a link in its place': (path, text) => {
    writeFileSync(beside(path, 'elsewhere'), text)
    unlinkSync(path)
    symlinkSync('elsewhere', path)
  },
}

interface Watched {
  readonly path: string
  /** The changes noticed until now. */
  readonly noticed: (readonly string[])[]
  /** Resolves when a change more was noticed. */
  next(): Promise<void>
  stop(): Promise<void>
}

/** Begins to watch a target; as `watch` does, what is noticed is looked at, and waited for again. */
async function look({ path: name, isSource, pattern }: Target, prepare: (path: string) => void): Promise<Watched> {
  const folder = temporaryFolder()
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'old\n')
  prepare(path)
  const programDir = join(folder, 'project')
  const store = openStore(join(programDir, '.llmpipe'))
  const troubles: string[] = []
  const eyes = new Eyes({ store, programDir, poll: 0, onTrouble: (reason) => troubles.push(reason) })
  const plan = pattern === undefined ? undefined : planOf({ read: { files: pattern } })
  const sources = () => new Map(isSource ? [[path, textOf(path)]] : [])
  const stopped = new AbortController()
  const noticed: (readonly string[])[] = []
  const waiting = new Set<() => void>()
  await eyes.remember(plan, sources())
  const isOver = (async () => {
    while (!stopped.signal.aborted) {
      const names = (await eyes.change(stopped.signal)).map(({ name }) => name)
      if (names.length === 0) continue
      noticed.push(names)
      await eyes.remember(plan, sources())
      for (const resolve of waiting) resolve()
      waiting.clear()
    }
  })()
  // Until it watches: a change before that is one of the first look.
  await sleep(QUIET)
  expect(troubles).toEqual([])
  expect(noticed).toEqual([])
  return {
    path,
    noticed,
    next: () => new Promise((resolve) => waiting.add(resolve)),
    async stop() {
      stopped.abort()
      await isOver
      await eyes.close()
    },
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Does things one after the other, each when the one before it was noticed. */
async function one(watched: Watched, acts: readonly (() => void | Promise<void>)[]): Promise<void> {
  for (const act of acts) {
    const next = watched.next()
    await act()
    await Promise.race([next, sleep(LONG)])
    await sleep(QUIET)
  }
  await watched.stop()
}

describe.concurrent('each save is one change', () => {
  test.each(Object.entries<Target>(targets))('of %s, twice in a row, by every way of saving', async (_, target) => {
    const name = target.path.slice('project/'.length)
    await Promise.all(
      Object.entries(saves).map(async ([how, save]) => {
        const watched = await look(target, () => {})
        await one(
          watched,
          ['new text\n', 'newer\n'].map((text) => () => save(watched.path, text)),
        )
        expect(watched.noticed, how).toEqual([[name], [name]])
      }),
    )
  })
})

describe.concurrent('a watch of', () => {
  test.each(Object.entries<Target>(targets))(
    '%s does not notice a touch, nor the same text again',
    async (_, target) => {
      const watched = await look(target, () => {})
      utimesSync(watched.path, new Date(), new Date())
      await sleep(QUIET)
      writeFileSync(watched.path, 'old\n')
      await sleep(QUIET)
      await watched.stop()
      expect(watched.noticed).toEqual([])
    },
  )

  test.each(Object.entries<Target>(targets))(
    '%s notices that it goes, that it comes back, and a save after that',
    async (_, target) => {
      const watched = await look(target, () => {})
      await one(watched, [
        () => renameSync(watched.path, `${watched.path}.away`),
        () => renameSync(`${watched.path}.away`, watched.path),
        () => writeFileSync(watched.path, 'new\n'),
      ])
      expect(watched.noticed).toHaveLength(3)
    },
  )

  test.each(Object.entries<Target>(targets))(
    '%s notices that its folder goes, is made again, and is written in',
    async (_, target) => {
      const watched = await look(target, () => {})
      await one(watched, [
        () => rmSync(dirname(watched.path), { recursive: true }),
        () => {
          mkdirSync(dirname(watched.path))
          writeFileSync(watched.path, 'again\n')
        },
        () => writeFileSync(watched.path, 'new\n'),
      ])
      expect(watched.noticed).toHaveLength(3)
    },
  )

  test.each(Object.entries<Target>(targets))('%s follows a link, and a link that is changed', async (_, target) => {
    const watched = await look(target, (path) => {
      for (const version of ['v1', 'v2']) {
        mkdirSync(beside(path, version))
        writeFileSync(beside(path, `${version}/file`), `${version}\n`)
      }
      unlinkSync(path)
      symlinkSync('v1/file', path)
    })
    await one(watched, [
      () => writeFileSync(beside(watched.path, 'v1/file'), 'other\n'),
      () => {
        symlinkSync('v2/file', `${watched.path}.link`)
        renameSync(`${watched.path}.link`, watched.path)
      },
      () => writeFileSync(beside(watched.path, 'v2/file'), 'another\n'),
    ])
    expect(watched.noticed).toHaveLength(3)
  })
})

test('a missing file in a missing folder is noticed when it appears', async () => {
  const target: Target = { path: 'project/to/come/a.txt', pattern: 'to/come/*.txt' }
  const watched = await look(target, (path) => rmSync(dirname(dirname(path)), { recursive: true }))
  await one(watched, [
    () => {
      mkdirSync(dirname(watched.path), { recursive: true })
      writeFileSync(watched.path, 'here\n')
    },
    () => writeFileSync(watched.path, 'more\n'),
  ])
  expect(watched.noticed).toHaveLength(2)
})

test('a source that is compiled as another text than it is seen as does not change again and again', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'a.llmpipe')
  writeFileSync(path, 'what is seen')
  const eyes = new Eyes({ store: openStore(join(folder, '.llmpipe')), programDir: folder, poll: 0, onTrouble() {} })
  const stopped = new AbortController()
  let rounds = 0
  const over = (async () => {
    while (!stopped.signal.aborted) {
      await eyes.remember(undefined, new Map([[path, 'what is compiled']]))
      if ((await eyes.change(stopped.signal)).length > 0) rounds++
    }
  })()
  await sleep(3 * QUIET)
  stopped.abort()
  await over
  await eyes.close()
  expect(rounds).toBe(1)
})
