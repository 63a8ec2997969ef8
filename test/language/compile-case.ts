/** Compiles a case of test/language/cases. Lines `// -p name=value` at its top are its command line. */

import { readFileSync } from 'node:fs'
import type { CustomFile } from '../../src/core/kind/custom-file.ts'
import type { StageKind } from '../../src/core/kind/kind.ts'
import type { ElaborateModel } from '../../src/language/2-check/env.ts'
import { type Compiled, compile } from '../../src/language/compile.ts'
import { catalogue } from './catalogue.ts'

export const cases = 'test/language/cases'

/** The standard modules that the cases know. */
const modules: Readonly<Record<string, string>> = {
  'std:clean': '/// Tidies.\nop tidy(docs) = docs |> drop(where: words < 2)\n',
  'std:chat':
    'let brackets = template(name: "brackets", tokens: ["<say>", "<end>"], end: "<end>", jinja: [r"{{ messages }}"])\n',
}

const tidyOfPackage = 'op tidy(docs) = docs |> drop(where: words < 3)\n'
const locked = (version: string) => ({ version, integrity: 'sha512-…' })

/** The packages that the cases know, and their lock file. */
const packages: Readonly<Record<string, string>> = {
  'package-lock.json': JSON.stringify({
    packages: {
      'node_modules/recipes': locked('1.0.0'),
      'node_modules/leaving': locked('1.0.0'),
      'node_modules/newer': locked('1.0.0'),
      'node_modules/bare': { version: '1.0.0' },
      'node_modules/exporting': locked('1.0.0'),
      'node_modules/@me/recipes': { link: true, resolved: '../recipes' },
    },
  }),
  'node_modules/recipes/package.json': '{ "version": "1.0.0" }',
  'node_modules/recipes/clean.llmpipe': tidyOfPackage,
  'node_modules/leaving/package.json': '{ "version": "1.0.0" }',
  'node_modules/leaving/index.llmpipe': 'use "../recipes/clean.llmpipe" { tidy }\nop a(docs) = docs |> tidy()\n',
  'node_modules/newer/package.json': '{ "version": "2.0.0" }',
  'node_modules/bare/package.json': '{ "version": "1.0.0" }',
  'node_modules/exporting/package.json': '{ "version": "1.0.0", "exports": { "./clean": "./src/clean.llmpipe" } }',
  'node_modules/exporting/src/clean.llmpipe': tidyOfPackage,
  'node_modules/unlocked/package.json': '{ "version": "1.0.0" }',
  'node_modules/unlocked/clean.llmpipe': tidyOfPackage,
  'node_modules/@me/recipes/package.json': '{}',
  'node_modules/@me/recipes/index.llmpipe': 'use "./sub/i.llmpipe" { j }\nop i(docs) = docs |> j()\n',
  'node_modules/@me/recipes/sub/i.llmpipe': 'op j(docs) = docs |> drop(where: words < 3)\n',
}

/** Replaces the third pass: an empty graph with the vocabulary of the arguments. */
export const elaborateNothing: ElaborateModel = (declaration, _scope, args) => {
  const vocab = args.get('vocab')
  const plain = [...args].map(([name, value]) => [name, typeof value === 'object' ? value.symbol : value] as const)
  return {
    diagnostics: [],
    spec: {
      $name: declaration.name.name,
      $arguments: Object.fromEntries(plain),
      vocab: typeof vocab === 'number' ? vocab : 'vocab',
      context: 8,
      graph: { nodes: [], inputs: {}, weights: [], outputs: {} },
    },
  }
}

const shout: StageKind = {
  name: 'shout',
  version: 1,
  summary: 'Makes documents loud.',
  shape: 'stage',
  inputs: { docs: { kinds: ['Docs'], description: 'The documents.' } },
  settings: { properties: { mark: { type: 'string', default: '!', description: 'What is put behind each.' } } },
  positional: ['docs'],
  outputs: () => [{ name: 'out', type: { kind: 'Docs' } }],
  code: { digest: 'd', bundle: 'b', export: 'shout', sources: [] },
}
const nothing: CustomFile = { kinds: {}, others: [], wrong: {}, sources: new Map() }

/** The files of custom stages that the cases know. */
const ownFiles: Readonly<Record<string, CustomFile>> = {
  [`${cases}/stages.ts`]: {
    kinds: { shout, read: { ...shout, name: 'read' } },
    others: ['helper'],
    wrong: { whisper: 'it needs a field `summary`.' },
    sources: new Map([[`${cases}/stages.ts`, 'export const shout = 1\n']]),
  },
  [`${cases}/untrusted.ts`]: {
    ...nothing,
    problem: { type: 'untrusted', help: 'Say that it is fine.', code: { digest: '', sources: [] } },
  },
  [`${cases}/thrower.mjs`]: { ...nothing, problem: { type: 'failed', reason: 'TypeError: no (thrower.mjs:3).' } },
  [`${cases}/broken.ts`]: {
    ...nothing,
    sources: new Map([[`${cases}/broken.ts`, '// One.\nexport const = 1\n']]),
    problem: {
      type: 'source',
      errors: [
        { span: { file: `${cases}/broken.ts`, start: 21, end: 22 }, message: 'Expected identifier but found "=".' },
      ],
    },
  },
}

/** Compiles the case with a name. */
export function compileCase(name: string): Compiled {
  const file = `${cases}/${name}.llmpipe`
  const params: Record<string, string> = {}
  for (const [, param = '', value = ''] of readFileSync(file, 'utf8').matchAll(/^\/\/ -p (\w+)=(.*)$/gm))
    params[param] = value
  return compile(file, { read, catalogue, stages: (path) => ownFiles[path], params, elaborateModel: elaborateNothing })
}

/** Compiles a text as if it were a file beside the cases. */
export function compileText(text: string): Compiled {
  const file = `${cases}/random.llmpipe`
  return compile(file, {
    read: (path) => (path === file ? text : read(path)),
    catalogue,
    params: {},
    elaborateModel: elaborateNothing,
  })
}

function read(path: string): string | undefined {
  if (Object.hasOwn(modules, path)) return modules[path]
  const beside = path.startsWith(`${cases}/`) ? path.slice(cases.length + 1) : ''
  if (Object.hasOwn(packages, beside)) return packages[beside]
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The file does not exist, is not a file, or has an impossible path.
    return undefined
  }
}
