/**
 * The reference of every name that a program can call: stage kinds, groups of settings, standard declarations, parts of architectures and
 * metrics.
 */

import { parse } from '../../../grammar/parse.ts'
import { mixName, mixSettings } from '../../core/kind/mixture.ts'
import type { SettingsSchema } from '../../core/kind/setting.ts'
import { numberFunctions } from '../../core/values/number-functions.ts'
import { namesOf, placed, whatIs } from '../../language/1-resolve/module.ts'
import { standardModules } from '../../language/1-resolve/standard.ts'
import { isOptional, type Primitive } from '../../language/3-elaborate/primitives/primitive.ts'
import { inits, primitives } from '../../language/3-elaborate/primitives.ts'
import { catalogue } from '../program/catalogue.ts'
import { readSource } from '../program/sources.ts'
import { referenceOf, settingLines } from './kind-reference.ts'

/** The references of everything called `name`, one below the other; `undefined` if nothing has that name. */
export function referenceOfName(name: string): string | undefined {
  const { kinds, metrics } = catalogue
  const found: string[] = []
  if (Object.hasOwn(kinds, name)) found.push(referenceOf(kinds[name]!))
  found.push(...standardReference(name), ...groupReference(name), ...primitiveReference(name))
  const metric = Object.hasOwn(metrics, name) ? metrics[name] : undefined
  if (metric !== undefined) {
    const unit = metric.unit === undefined ? '' : `, in ${metric.unit}`
    const example = metric.type === 'number' ? `${name} > …` : metric.type === 'boolean' ? name : `${name} == "…"`
    found.push(
      section(name, `A metric of a document (${metric.type}${unit}): ${metric.description}`, `keep(where: ${example})`),
    )
  }
  return found.length === 0 ? undefined : found.join('\n')
}

/** Every name that has a reference. */
export function referencedNames(): string[] {
  const standard = standardModules.flatMap((module) => declarationsOf(module).flatMap(({ names }) => names))
  const groups = allGroups().map(({ name }) => name)
  const names = [
    Object.keys(catalogue.kinds),
    standard,
    groups,
    Object.keys(primitives),
    Object.keys(catalogue.metrics),
  ]
  return [...new Set([...names.flat(), ...Object.keys(numberFunctions), ...Object.keys(inits)])]
}

function section(name: string, text: string, example: string): string {
  return `# ${name}\n\n${text}\n\n\`\`\`\n${example}\n\`\`\`\n`
}

function declarationsOf(module: string) {
  const file = `std:${module}`
  const text = readSource(file) ?? ''
  return placed(parse(file, text).program.declarations).flatMap(({ declaration }) =>
    declaration.type === 'use' || declaration.type === 'expect' || declaration.type === 'export'
      ? []
      : [{ declaration, names: namesOf(declaration).map(({ name }) => name), text }],
  )
}

/** The documentation, import and source of the standard declarations called `name`. */
function standardReference(name: string): string[] {
  return standardModules.flatMap((module) =>
    declarationsOf(module).flatMap(({ declaration, names, text }) => {
      if (!names.includes(name)) return []
      const what = `${capital(whatIs(declaration))} of \`std.${module}\`.`
      const source = text.slice(declaration.span.start, declaration.span.end)
      const words = [what, declaration.doc ?? ''].filter((each) => each !== '').join(' ')
      return [section(name, words, `use std.${module} { ${name} }\n\n${source}`)]
    }),
  )
}

interface Group {
  readonly name: string
  readonly kind: string
  readonly setting: string
  readonly schema: SettingsSchema
}

/** All groups of values that settings and inputs take, each with its stage kind. */
function allGroups(): Group[] {
  return Object.values(catalogue.kinds).flatMap(({ name: kind, inputs, settings }) => {
    const mixed = Object.entries(inputs).filter(([, { mixes }]) => mixes)
    const mixtures = mixed.map(([role]) => ({ name: mixName, kind, setting: role, schema: mixSettings }))
    return [...groupsIn(kind, settings), ...mixtures]
  })
}

function groupsIn(kind: string, { properties }: SettingsSchema): Group[] {
  return Object.entries(properties).flatMap(([setting, { calls = {} }]) =>
    Object.entries(calls).flatMap(([name, schema]) => [{ name, kind, setting, schema }, ...groupsIn(kind, schema)]),
  )
}

function groupReference(wanted: string): string[] {
  const found = allGroups().filter(({ name }) => name === wanted)
  const byForm = new Map<string, Group[]>()
  for (const group of found) {
    const lines = settingLines(group.schema, '').join('\n')
    const key = `${group.setting}\n${group.schema.description ?? ''}\n${lines}`
    byForm.set(key, [...(byForm.get(key) ?? []), group])
  }
  return [...byForm.values()].map((groups) => {
    const { name, setting, schema } = groups[0]!
    const kinds = [...new Set(groups.map(({ kind }) => `\`${kind}\``))].join(', ')
    const lines = settingLines(schema, '')
    const words = [`A group of values for \`${setting}\` of ${kinds}.`, schema.description ?? ''].filter(
      (each) => each !== '',
    )
    const settings = lines.length === 0 ? '' : `\n## Settings\n\n${lines.join('\n')}\n`
    return `${section(name, words.join(' '), `${setting}: ${name}(${lines.length === 0 ? '' : '…'})`)}${settings}`
  })
}

function primitiveReference(name: string): string[] {
  const found: string[] = []
  const primitive = Object.hasOwn(primitives, name) ? primitives[name] : undefined
  if (primitive !== undefined)
    found.push(section(name, `A part of architectures: ${primitive.summary}`, `${name}(${parametersOf(primitive)})`))
  const ofNumbers = Object.hasOwn(numberFunctions, name) ? numberFunctions[name] : undefined
  if (ofNumbers !== undefined)
    found.push(
      section(
        name,
        `${ofNumbers.description} In values of the program, and in the body of an architecture.`,
        `${name}(${ofNumbers.takes === 1 ? 'a' : 'a, b'})`,
      ),
    )
  if (Object.hasOwn(inits, name))
    found.push(
      section(name, 'A way to initialize weights, in the body of an architecture.', `weight(…, init: ${name}(…))`),
    )
  return found
}

function parametersOf({ parameters }: Primitive): string {
  return parameters
    .map((parameter) => {
      const { name, type, words } = parameter
      const sort = words === undefined ? type : words.join(' or ')
      return isOptional(parameter) ? `[${name}: ${sort}]` : `${name}: ${sort}`
    })
    .join(', ')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
