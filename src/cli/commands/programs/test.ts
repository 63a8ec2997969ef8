/** `llmpipe test [FILE...]`: runs the tests that programs declare. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import { flag } from '../../option.ts'
import { write } from '../../terminal/output.ts'
import { print, printJsonLine } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'
import type { TestedFile } from '../../test/run-tests.ts'

export const test = defineCommand({
  name: 'test',
  summary: 'run the tests of programs: test "…" { … }',
  details: `Without a file it runs the tests of all programs in this folder and below. Stages of tests are cached like those of a run, in
    a store of their own. Exit codes: 0 all tests passed, 1 a test failed, 2 a program or the call is wrong.`,
  arguments: [{ name: '[file...]', description: 'the programs', completes: 'programs' }],
  options: {
    ...programOptions,
    watch: flag('run the tests again when a program or a file that it uses changes; Ctrl-C ends'),
    json: { ...json, description: 'print each test as a line of JSON' },
  },
  examples: [
    ['llmpipe test', 'the tests of all programs below this folder'],
    ['llmpipe test recipes.llmpipe --watch', 'while you write'],
    ['llmpipe test recipes.llmpipe --json', 'for tools'],
  ],
  async run(given, options) {
    const files = given.length > 0 ? given : await programsWithTests('.')
    if (files.length === 0)
      throw new Refusal('no program in this folder or below has tests', 'Write one: test "…" { expect … }')
    const { runTests } = await import('../../test/run-tests.ts')
    const { listenForStop } = await import('../../terminal/stop.ts')
    const stop = listenForStop((message) => write(`${message}\n`))
    try {
      for (;;) {
        const tested: TestedFile[] = []
        for (const file of files) {
          const one = await runTests(file, options, stop)
          await report(one, options.json, files.length > 1)
          tested.push(one)
          if (stop.soft.aborted) break
        }
        if (!options.json) await reportTotal(tested)
        if (!options.watch || stop.soft.aborted) return stop.soft.aborted ? exit.interrupted : exitOf(tested)
        write('waiting for changes (Ctrl-C ends)\n')
        await change([...new Set(tested.flatMap(({ sources }) => sources))], stop.soft)
        if (stop.soft.aborted) return exitOf(tested)
      }
    } finally {
      stop.release()
    }
  },
})

async function report(tested: TestedFile, asJson: boolean, several: boolean): Promise<void> {
  const { file, results = [] } = tested
  if (asJson) {
    for (const result of results) printJsonLine({ file, ...result })
    return
  }
  const { linesOf } = await import('../../test/lines.ts')
  if (several && results.length > 0) write(`${file}\n`)
  if (results.length === 0 && !several && tested.results !== undefined) write(`${file} has no tests\n`)
  print(linesOf(tested))
}

async function reportTotal(tested: readonly TestedFile[]): Promise<void> {
  const { totalOf } = await import('../../test/lines.ts')
  const { duration } = await import('../../../view/format.ts')
  write(`${totalOf(tested)} in ${duration(tested.reduce((sum, { seconds }) => sum + seconds, 0))}\n`)
}

function exitOf(tested: readonly TestedFile[]): number {
  if (tested.some(({ results }) => results === undefined)) return exit.refused
  const all = tested.flatMap(({ results = [] }) => results)
  return all.some(({ outcome }) => outcome === 'failed') ? exit.failed : exit.done
}

/** The programs in a folder and below that have tests, without those of packages and stores. */
async function programsWithTests(folder: string): Promise<string[]> {
  const { readdirSync, readFileSync } = await import('node:fs')
  const { join } = await import('node:path')
  const found: string[] = []
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      found.push(...(await programsWithTests(path)))
    else if (entry.isFile() && entry.name.endsWith('.llmpipe') && /^test\s*"/m.test(readFileSync(path, 'utf8')))
      found.push(path)
  }
  return found
}

/** Waits until one of some files changes, or until `stop` is aborted. */
async function change(files: readonly string[], stop: AbortSignal): Promise<void> {
  const { watch } = await import('chokidar')
  const watcher = watch([...files], {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 20 },
  })
  await new Promise<void>((resolve) => {
    watcher.once('all', () => resolve())
    stop.addEventListener('abort', () => resolve(), { once: true })
  })
  await watcher.close()
}
