/** `export base to "out/base" as hf`: a call of the stage kind `export`. */

import type { ExportDeclaration, Expression } from '../../../../grammar/syntax.ts'
import * as artefacts from '../../messages/artefacts.generated.ts'
import { didYouMean } from '../../messages/more.ts'
import * as settings from '../../messages/settings.generated.ts'
import { addCall } from '../calls/record.ts'
import { type Env, report } from '../env.ts'
import { evaluate, reportPathWithoutQuotes } from '../evaluate.ts'
import { reportSeveral } from '../sweeps/selection.ts'
import { inWords, kindInWords, type Value } from '../values/values.ts'
import { placeInProgram } from './export-places.ts'

type Artefact = Extract<Value, { type: 'artefact' }>

/** Checks an export and adds its call. */
export function checkExport(env: Env, declaration: ExportDeclaration): void {
  const value = exported(env, declaration)
  const to = folderOf(env, declaration)
  if (value === undefined || to === undefined) return
  if (!isKnownFormat(env, declaration)) return
  const kind = env.checker.catalogue.kinds.export
  const [role, spec] = Object.entries(kind?.inputs ?? {})[0] ?? ['of', undefined]
  if (spec && !spec.kinds.includes(value.artefact.kind)) {
    const words = { callee: 'export', expected: spec.kinds.map(kindInWords).join(' or '), got: inWords(value) }
    report(env, artefacts.wrongArtefact(declaration.value.span, words))
    return
  }
  const folder = to.replace(/(?<=.)\/+$/, '')
  if (isNamedLikeFile(env, declaration, folder)) return
  const place = placeInProgram(env, folder)
  if (isTaken(env, declaration, folder, place)) return
  const format = declaration.as?.name ?? kind?.settings.properties.as?.default
  const options = optionsOf(env, declaration)
  if (options === undefined) return
  const params = { ...(format === undefined ? {} : { as: format }), ...options }
  const made = kind?.outputs({ inputs: { [role]: [value.artefact] }, params, names: 1, self: '' })
  if (made !== undefined && 'code' in made) {
    const more = { label: 'exported so', ...(made.help === undefined ? {} : { help: made.help }) }
    report(env, settings.invalidSetting(declaration.as?.span ?? declaration.span, { message: made.message }, more))
    return
  }
  env.checker.exports.set(place, declaration)
  addCall(env, {
    kind: 'export',
    boundTo: [],
    params,
    inputs: { [role]: [value.ref] },
    outputs: [{ name: 'out', type: { kind: 'Files' } }],
    span: declaration.span,
    settingSpans: { to: declaration.to.span },
    exportTo: folder,
  })
}

/** The artefact that is exported; `undefined` if the value is not one artefact, which is reported. */
function exported(env: Env, { value: expression }: ExportDeclaration): Artefact | undefined {
  const value = evaluate(env, expression)
  if (value.type === 'artefact') return value
  if (value.type === 'variants') reportSeveral(env, value, expression.span)
  else if (value.type !== 'unknown') report(env, artefacts.notAnArtefact(expression.span, { got: inWords(value) }))
  return undefined
}

/** The folder of an export as it is written; `undefined` if it is not a text, which is reported. */
function folderOf(env: Env, { to: expression }: ExportDeclaration): string | undefined {
  if (reportPathWithoutQuotes(env, expression)) return undefined
  const to = evaluate(env, expression)
  if (to.type === 'string') return to.value
  const words = { setting: '`to`', expected: 'the path of a folder', got: inWords(to) }
  if (to.type !== 'unknown') report(env, settings.wrongType(expression.span, words))
  return undefined
}

function isKnownFormat(env: Env, { as, span }: ExportDeclaration): boolean {
  const choices = env.checker.catalogue.kinds.export?.settings.properties.as?.enum
  if (as === undefined || choices === undefined || choices.includes(as.name)) return true
  const words = { got: as.name, setting: 'as', choices: choices.join(', ') }
  report(env, settings.unknownChoice(as.span ?? span, words, didYouMean(as.name, choices)))
  return false
}

/** The settings in the parentheses after the format; `undefined` if one is wrong, which is reported. Words need no quotes. */
function optionsOf(env: Env, { as, options = [] }: ExportDeclaration): Readonly<Record<string, string>> | undefined {
  const schema = env.checker.catalogue.kinds.export?.settings.properties ?? {}
  const known = Object.keys(schema).filter((name) => name !== 'as')
  const found: Record<string, string> = {}
  for (const { name, value, span } of options) {
    const setting = name?.name ?? known[0] ?? ''
    if (!known.includes(setting)) {
      const words = { callee: as?.name ?? 'export', setting }
      report(env, settings.unknownSetting(name?.span ?? span, words, didYouMean(setting, known)))
      return undefined
    }
    if (setting in found) {
      report(env, settings.duplicateArgument(span, { name: setting }))
      return undefined
    }
    const given = value.type === 'name' ? value.name : textOf(env, value)
    if (given === undefined) return undefined
    const choices = schema[setting]?.enum ?? []
    if (!choices.includes(given)) {
      const words = { got: given, setting, choices: choices.join(', ') }
      report(env, settings.unknownChoice(value.span, words, didYouMean(given, choices)))
      return undefined
    }
    found[setting] = given
  }
  return found
}

/** The layouts that write one file, with the ending of its name. */
const endings: Readonly<Record<string, string>> = { gguf: '.gguf', parquet: '.parquet' }

/** Whether the folder of an export is named like the file that the export writes into it; that is reported. */
function isNamedLikeFile(env: Env, { as, to }: ExportDeclaration, folder: string): boolean {
  const ending = endings[as?.name ?? '']
  if (ending === undefined || !folder.toLowerCase().endsWith(ending)) return false
  const message = `\`to\` names the folder of an export, and "${folder}" is the name of a file.`
  const help = `Leave the ending out: \`to "${folder.slice(0, -ending.length)}"\`. The export writes its file into this folder.`
  report(env, settings.invalidSetting(to.span, { message }, { label: 'named like a file', help }))
  return true
}

/** The text of an expression; `undefined` if it is not a text, which is reported. */
function textOf(env: Env, expression: Expression): string | undefined {
  const value = evaluate(env, expression)
  if (value.type === 'string') return value.value
  const words = { setting: '`dtype`', expected: 'the name of a number format', got: inWords(value) }
  if (value.type !== 'unknown') report(env, settings.wrongType(expression.span, words))
  return undefined
}

/** Whether another export, or another variant of this one, goes to the same place; that is reported. */
function isTaken(env: Env, declaration: ExportDeclaration, folder: string, place: string): boolean {
  const first = env.checker.exports.get(place)
  if (first === undefined) return false
  const variables = Object.keys(env.variant?.values ?? {}).map((each) => `{${each}}`)
  const isVariant = first.span.start === declaration.span.start && first.span.file === declaration.span.file
  const more = isVariant
    ? { help: `Give each variant a folder of its own: \`to "${folder}/${variables.join('-')}"\`.` }
    : { related: [{ span: first.span, label: 'exported there first' }] }
  report(env, artefacts.exportedTwice(declaration.to.span, { folder }, more))
  return true
}
