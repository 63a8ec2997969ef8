/** `llmpipe kinds [NAME]`: the stage kinds, with inputs and settings. */

import type { StageKind } from '../../core/kind/kind.ts'
import { defineCommand } from '../command.ts'
import { json } from '../common-options.ts'
import { flag } from '../option.ts'
import { version } from '../package.ts'
import { write } from '../terminal/output.ts'
import { printJson } from '../terminal/print.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const kinds = defineCommand({
  name: 'kinds',
  summary: 'list the stage kinds, or describe anything that a program can call',
  arguments: [
    {
      name: '[name]',
      description: 'a stage kind, another name that a program can call, or a file of custom stages',
      completes: 'kinds',
    },
  ],
  options: {
    json: { ...json, description: 'print the kinds with the JSON Schema of their settings' },
    jsonSchema: flag('print one JSON Schema with the settings of all kinds, for other tools'),
  },
  examples: [
    ['llmpipe kinds', ''],
    ['llmpipe kinds pretrain', 'its inputs and settings'],
    ['llmpipe kinds llama', 'an architecture, with its source'],
    ['llmpipe kinds ./shout.ts', 'the exports of a file of custom stages'],
    ['llmpipe kinds --json', 'for tools'],
    ['llmpipe kinds --json-schema > llmpipe.schema.json', 'for editors and generators'],
  ],
  async run([name], options) {
    const isFile = name !== undefined && /\.[cm]?[jt]s$/.test(name)
    if (name !== undefined && !isFile && !options.json && !options.jsonSchema) return describe(name)
    const { kinds: table } = await import('../../stages/index.ts')
    const all = isFile ? await kindsIn(name) : Object.values(table)
    if (options.jsonSchema) {
      const { jsonSchemaOf } = await import('../reference/json-schema.ts')
      printJson(
        jsonSchemaOf(
          all.filter((kind) => name === undefined || isFile || kind.name === name),
          version,
        ),
      )
    } else if (options.json) {
      const chosen = all.filter((kind) => name === undefined || isFile || kind.name === name)
      printJson(chosen.map(({ outputs, resources, load, code, ...plain }) => plain))
    } else if (isFile) {
      const { referenceOf } = await import('../reference/kind-reference.ts')
      write(all.map(referenceOf).join('\n'))
    } else {
      const wide = Math.max(...all.map((kind) => kind.name.length))
      for (const kind of all) write(`${kind.name.padEnd(wide)}  ${kind.summary}\n`)
    }
    return exit.done
  },
})

/** Prints the reference of a name. */
async function describe(name: string): Promise<number> {
  const { referenceOfName, referencedNames } = await import('../reference/callable-reference.ts')
  const reference = referenceOfName(name)
  if (reference === undefined) {
    const { nearest } = await import('../../../grammar/nearest.ts')
    const close = nearest(name, referencedNames())
    throw new Refusal(
      `programs can call nothing named ${name}`,
      close === undefined ? 'llmpipe kinds lists the kinds.' : `Did you mean ${close}?`,
    )
  }
  write(reference)
  return exit.done
}

/** The kinds that a file of code exports. */
async function kindsIn(file: string): Promise<StageKind[]> {
  const { customStages } = await import('../program/custom-stages.ts')
  const { storeFor } = await import('../program/store-folder.ts')
  const found = customStages(file, storeFor({ store: undefined }, file).root)(file)
  if (found === undefined) throw new Refusal(`the file ${file} does not exist`)
  const { problem, kinds: exported, wrong } = found
  if (problem?.type === 'untrusted') throw new Refusal(`${file} is not trusted as it is`, problem.help)
  if (problem?.type === 'failed') throw new Refusal(`${file} could not be loaded: ${problem.reason}`)
  if (problem?.type === 'source') throw new Refusal(`${file} has errors: ${problem.errors[0]!.message}`)
  const [badly] = Object.entries(wrong)
  if (badly) throw new Refusal(`${badly[0]} in ${file} is not defined correctly: ${badly[1]}`)
  return Object.values(exported)
}
