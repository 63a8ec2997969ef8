/** `llmpipe doc [MODULE]`: the reference of a program or a module, made from its `///` comments. */

import { defineCommand } from '../command.ts'
import { json } from '../common-options.ts'
import { flag } from '../option.ts'
import { write, writeError } from '../terminal/output.ts'
import { print, printJson } from '../terminal/print.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const doc = defineCommand({
  name: 'doc',
  summary: 'print the reference of a program or a module, from its /// comments',
  details: `Lists everything that a program can import: params with their values, filters, operations, architectures and blocks with their parameters
    and defaults. Without a module, lists the standard modules. A terminal gets a page to read; a file or a pipe gets Markdown.`,
  arguments: [
    {
      name: '[module]',
      description: 'a file, a standard module (std.clean), or a module of an npm package (npm:recipes/clean)',
      completes: 'programs',
    },
  ],
  options: {
    markdown: flag('print Markdown, also in a terminal'),
    json: { ...json, description: 'print the declarations as JSON' },
  },
  examples: [
    ['llmpipe doc recipes.llmpipe', ''],
    ['llmpipe doc std.clean', 'a standard module'],
    ['llmpipe doc npm:recipes/clean', 'a module of a package'],
    ['llmpipe doc recipes.llmpipe > recipes.md', 'as a page'],
  ],
  async run([module], options) {
    const { documented, headline, modulePage } = await import('../reference/module-reference.ts')
    const { parse } = await import('../../../grammar/parse.ts')
    const { readSource } = await import('../program/sources.ts')
    const documentedIn = (name: string, path: string) => {
      const text = readSource(path)
      if (text === undefined) return undefined
      const { program, problems } = parse(path, text)
      if (problems.length > 0)
        writeError(`${name} has syntax errors, so declarations may be missing here; llmpipe check shows the errors\n`)
      return documented(name, { text, program })
    }
    if (module === undefined) {
      const { standardModules } = await import('../../language/1-resolve/standard.ts')
      const all = standardModules.flatMap((name) => documentedIn(`std.${name}`, `std:${name}`) ?? [])
      if (options.json) printJson(all)
      else for (const each of all) write(`${each.module.padEnd(12)}  ${headline(each)}\n`)
      return exit.done
    }
    const path = await pathOf(module)
    const found = documentedIn(module, path)
    if (found === undefined)
      throw new Refusal(
        `there is no module ${module}`,
        module.startsWith('std.') ? 'llmpipe doc lists the standard modules.' : 'Give the path of a .llmpipe file.',
      )
    if (options.json) printJson(found)
    else if (options.markdown || !process.stdout.isTTY) write(modulePage(found))
    else
      print((await import('../terminal/markdown.ts')).markdownLines(modulePage(found), process.stdout.columns ?? 100))
    return exit.done
  },
})

/** The path of the source of a module. Throws a Refusal if its package is not installed. */
async function pathOf(module: string): Promise<string> {
  const standard = /^std[.:](.+)$/.exec(module)?.[1]
  if (standard !== undefined) return `std:${standard.replaceAll('.', '/')}`
  const { howToInstall, howToLock, isInPackage, moduleInPackage } = await import('../../language/1-resolve/packages.ts')
  if (!isInPackage(module)) return module
  const { readSource } = await import('../program/sources.ts')
  const found = moduleInPackage('./doc.llmpipe', module, readSource)
  if ('file' in found) return found.file
  switch (found.type) {
    case 'path':
      throw new Refusal(`${module} names no file of a package`, 'Write it like npm:recipes/clean.')
    case 'missing':
      throw new Refusal(`the package ${found.name} is not installed`, howToInstall(found))
    case 'lock':
      throw new Refusal(`the package ${found.name} is not locked: ${found.reason}`, howToLock(found.command))
    case 'not-exported':
      throw new Refusal(
        `the package ${found.name} does not export ${found.path}`,
        'Name a path that `exports` in its package.json has.',
      )
  }
}
