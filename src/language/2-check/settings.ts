/** Settings: what an argument's expression means where a schema says what is expected. */

import type { Span } from '../../../grammar/span.ts'
import type { CallExpression, Expression, StringLiteral } from '../../../grammar/syntax.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { SettingSchema, SettingsSchema } from '../../core/setting.ts'
import { didYouMean } from '../messages/more.ts'
import * as say from '../messages/settings.generated.ts'
import { homeOf } from './declarations.ts'
import { condition, reportShadow, score } from './document.ts'
import { type Env, report, sourceOf, type Thunk } from './env.ts'
import { choose, force } from './evaluate.ts'
import { type Inputs, takeInput } from './inputs.ts'
import { checkRanges } from './ranges.ts'
import { inWords, toJson, type Unit, unitInWords, type Value } from './values.ts'

/** Where a setting is in its call, and where its parts stand in the source. */
export interface Place {
  /** Its dotted path: `optimizer.betas.0`. */
  readonly path: string
  /** The kind that is called. */
  readonly callee: string
  readonly spans: Record<string, Span>
  /** Words for people that go beside the setting: the source of an expression. */
  readonly labels: Record<string, Json>
  /** Gathers the artefacts that settings take. */
  readonly inputs: Inputs
}

/** The setting's value as JSON; nothing where an error was reported. */
export function elaborateSetting(env: Env, schema: SettingSchema, argument: Thunk, place: Place): Json | undefined {
  place.spans[place.path] ??= argument.span
  const thunk = chosen(argument)
  const { expression } = thunk
  const inside = thunk.env ?? env
  if (expression?.type === 'missing') return undefined

  if (schema.expression && expression) {
    const written = aliased(inside, expression).expression ?? expression
    const checked = schema.expression === 'number' ? score(inside, written, schema.metrics) : condition(inside, written)
    if (checked === undefined) return undefined
    place.labels[`$${place.path}`] = checked.label
    return checked.test as unknown as Json
  }
  if (schema.enum && expression?.type === 'name') {
    const choice = chooseWord(inside, schema, expression.name, expression.span, place)
    if (choice !== undefined) return choice
  }
  if (expression?.type === 'name') {
    const alias = aliased(inside, expression)
    // Through a name to what it was bound to: a bare word or a group of values means something only here.
    if (alias.expression && alias.expression !== expression && alias.env && meansMoreHere(schema, alias.expression))
      return elaborateSetting(alias.env, schema, alias, { ...place, spans: { ...place.spans } })
  }
  if (schema.calls && expression) {
    const group = elaborateGroup(inside, schema.calls, expression, place)
    if (group !== 'no group') return group
  }
  if (schema.template && expression?.type === 'string') return templateText(inside, expression)
  if (schema.type === 'array' && expression?.type === 'list') {
    const items = expression.items.map((item, index) =>
      elaborateSetting(
        inside,
        schema.items ?? any,
        { span: item.span, expression: item, env: inside },
        at(place, index),
      ),
    )
    return items.every((item) => item !== undefined) ? joined(schema, items as Json[]) : undefined
  }
  if (schema.type === 'boolean' && expression?.type === 'name' && /^(yes|no|on|off)$/.test(expression.name)) {
    const words = { setting: `\`${place.path}\``, expected: 'true or false', got: `\`${expression.name}\`` }
    report(inside, say.wrongType(expression.span, words))
    return undefined
  }
  if (schema.enum && expression?.type === 'name') {
    if (!inside.locals.has(expression.name) && !inside.module.scope.has(expression.name)) {
      reportUnknownChoice(inside, schema, expression.name, expression.span, place)
      return undefined
    }
  }
  return fromValue(inside, schema, force(thunk), thunk.span, place)
}

const any: SettingSchema = { description: '' }

/** The branch that counts of an `if`. */
function chosen(thunk: Thunk): Thunk {
  if (thunk.expression?.type !== 'if' || !thunk.env || thunk.value) return thunk
  const branch = choose(thunk.env, thunk.expression)
  const span = branch?.span ?? thunk.span
  return chosen({ span, expression: branch ?? { type: 'missing', span }, env: thunk.env })
}

function at(place: Place, part: string | number): Place {
  return { ...place, path: `${place.path}.${part}` }
}

/** What a name was bound to by `let`, `param` or as a parameter, as an expression. */
function aliased(env: Env, expression: Expression): Thunk {
  const here: Thunk = { span: expression.span, expression, env }
  if (expression.type !== 'name') return here
  const local = env.locals.get(expression.name)
  if (local) return local.expression?.type === 'name' && local.env ? aliased(local.env, local.expression) : local
  const entry = env.module.scope.get(expression.name)
  if (entry?.declaration?.type !== 'let') return here
  const home = homeOf(env, entry)
  if (home === undefined) return here
  env.checker.used.add(`${env.module.file}\n${expression.name}`)
  return { span: expression.span, expression: entry.declaration.value, env: home }
}

function meansMoreHere(schema: SettingSchema, expression: Expression): boolean {
  if (expression.type === 'name') return schema.enum !== undefined || schema.calls !== undefined
  return expression.type === 'call' && schema.calls !== undefined
}

function chooseWord(env: Env, schema: SettingSchema, word: string, span: Span, place: Place): string | undefined {
  if (!schema.enum?.includes(word)) return undefined
  const hidden = env.locals.get(word)?.span ?? env.module.scope.get(word)?.at
  if (hidden) reportShadow(env, word, hidden, span, `a choice for \`${place.path}\``)
  return word
}

function reportUnknownChoice(env: Env, schema: SettingSchema, got: string, span: Span, place: Place): void {
  const all = [...(schema.enum ?? []), ...Object.keys(schema.calls ?? {}).map((name) => `${name}(…)`)]
  const choices = all.join(', ')
  const near = didYouMean(got, schema.enum ?? [], `Choices: ${choices}.`)
  report(env, say.unknownChoice(span, { got, setting: place.path, choices }, near))
}

/** A group of values, `adamw(lr: 1e-3)`. */
function elaborateGroup(
  env: Env,
  groups: NonNullable<SettingSchema['calls']>,
  expression: Expression,
  place: Place,
): Json | undefined | 'no group' {
  const known = Object.keys(groups)
  const choices = known.map((name) => `\`${name}(…)\``).join(', ')
  if (expression.type === 'name' && Object.hasOwn(groups, expression.name)) {
    const { name: word, span } = expression
    const hidden = env.locals.get(word)?.span ?? env.module.scope.get(word)?.at
    if (hidden) reportShadow(env, word, hidden, span, `a choice for \`${place.path}\``)
    // A group that needs no argument is written as a word; of another it is said what it needs.
    const call: CallExpression = { type: 'call', callee: { type: 'identifier', name: word, span }, arguments: [], span }
    return groupValues(env, word, groups[word]!, call, place)
  }
  if (expression.type !== 'call') return 'no group'
  const { name } = expression.callee
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined
  if (group === undefined) {
    const words = { got: `${name}(…)`, setting: place.path, choices }
    report(env, say.unknownGroup(expression.callee.span, words, didYouMean(name, known)))
    return undefined
  }
  return groupValues(env, name, group, expression, place)
}

function groupValues(
  env: Env,
  name: string,
  schema: SettingsSchema,
  call: CallExpression,
  place: Place,
): JsonObject | undefined {
  const given = new Map<string, { readonly thunk: Thunk; readonly at: Span }>()
  const positional = schema.positional ?? []
  let place0 = 0
  let fits = true
  for (const argument of [...call.arguments, ...(call.block ?? [])]) {
    const thunk: Thunk = { span: argument.value.span, expression: argument.value, env }
    const setting = argument.name?.name ?? positional[place0++]
    const where = argument.name?.span ?? argument.span
    if (setting === undefined) {
      const most = positional.length === 0 ? 'named settings only' : `${positional.length} by place`
      report(env, say.tooManyArguments(argument.span, { callee: name, most }))
      fits = false
    } else if (!Object.hasOwn(schema.properties, setting)) {
      const known = Object.keys(schema.properties)
      report(env, say.unknownSetting(where, { callee: name, setting }, didYouMean(setting, known)))
      fits = false
    } else if (given.has(setting)) {
      const related = [{ span: given.get(setting)?.at ?? where, label: 'first here' }]
      report(env, say.duplicateArgument(where, { name: setting }, { related }))
      fits = false
    } else given.set(setting, { thunk, at: argument.span })
  }
  const values: Record<string, Json> = { call: name }
  for (const [setting, each] of Object.entries(schema.properties)) {
    const argument = given.get(setting)
    if (argument && each.input) {
      const { path } = at(place, setting)
      place.spans[path] ??= argument.thunk.span
      if (!takeInput(env, place.callee, path, each.input, argument.thunk, place.inputs)) fits = false
    } else if (argument) {
      const value = elaborateSetting(env, each, argument.thunk, at(place, setting))
      if (value === undefined) fits = false
      else values[setting] = value
    } else if (each.default !== undefined) values[setting] = each.default
    else if (!(each.input ?? each).optional) {
      report(env, say.missingSetting(call.callee.span, { callee: name, setting, description: each.description }))
      fits = false
    }
  }
  const inRange = checkRanges(env, schema, values, place.path, place.spans, call.span)
  return fits && inRange ? values : undefined
}

/** Pieces of one text as one piece: where it was broken into pieces means nothing. */
function joined({ pieces }: SettingSchema, items: readonly Json[]): readonly Json[] {
  return pieces ? [items.join('')] : items
}

/** A template as written, holes and all; only a brace or backslash that is meant as text keeps its escape. */
function templateText(env: Env, literal: StringLiteral): string {
  return literal.parts
    .map((part) =>
      part.type === 'text' ? part.text.replace(/[\\{}]/g, '\\$&') : `{${sourceOf(env, part.value.span)}}`,
    )
    .join('')
}

function fromValue(env: Env, schema: SettingSchema, value: Value, span: Span, place: Place): Json | undefined {
  if (value.type === 'unknown') return undefined
  const wrong = (): undefined => {
    const words = { setting: `\`${place.path}\``, expected: expectedInWords(schema), got: inWords(value) }
    report(env, say.wrongType(span, words, schema.description ? { help: schema.description } : {}))
  }
  if (value.type === 'size') return void report(env, say.sizeUnknown(span, { name: value.name }))
  if (value.type === 'group') {
    if (!schema.calls) return wrong()
    const group = elaborateGroup(value.env, schema.calls, value.call, place)
    return group === 'no group' ? wrong() : group
  }
  if (schema.enum) {
    if (value.type !== 'string') {
      if (schema.type === undefined || schema.type === 'string') return wrong()
    } else if (schema.enum.includes(value.value)) {
      // Only a value that comes from elsewhere can be a word in quotes: `-p method=exact`.
      if (sourceOf(env, span).startsWith('"')) {
        const words = { got: value.value, setting: place.path, choices: schema.enum.join(', ') }
        return void report(env, say.unknownChoice(span, words, { help: `Write the bare word: \`${value.value}\`.` }))
      }
      return value.value
    } else if (schema.orString) return value.value
    else return void reportUnknownChoice(env, schema, value.value, span, place)
  }
  switch (schema.type) {
    case 'integer':
    case 'number': {
      if (value.type !== 'number') return wrong()
      if (!unitFits(schema, value.unit)) {
        const words = { setting: `\`${place.path}\``, expected: expectedInWords(schema), got: inWords(value) }
        return void report(env, say.wrongUnit(span, words, unitHelp(schema.unit)))
      }
      if (schema.countOrPart && value.unit === 'fraction' && value.value >= 1) {
        if (value.value === 1) return '100%'
        const words = { setting: place.path, rule: 'be at most 100%', got: sourceOf(env, span) }
        return void report(env, say.outOfRange(span, words))
      }
      if (schema.type === 'integer' && !Number.isInteger(value.value)) {
        const words = { setting: `\`${place.path}\``, expected: 'a whole number', got: String(value.value) }
        return void report(env, say.wrongType(span, words))
      }
      return value.value
    }
    case 'string':
      return value.type === 'string' ? value.value : wrong()
    case 'boolean':
      return value.type === 'boolean' ? value.value : wrong()
    case 'array': {
      if (value.type !== 'list') return wrong()
      const items = value.items.map((item, index) => {
        const itemSpan = value.spans[index] ?? span
        place.spans[`${place.path}.${index}`] ??= span
        return fromValue(env, schema.items ?? any, item, itemSpan, at(place, index))
      })
      return items.every((item) => item !== undefined) ? joined(schema, items as Json[]) : undefined
    }
    default:
      return toJson(value) ?? wrong()
  }
}

/** A bare number is a count or a fraction; bytes and times have to be said. */
function unitFits(schema: SettingSchema, unit: Unit): boolean {
  if (schema.unit === undefined)
    return unit === 'none' || unit === 'count' || (unit === 'fraction' && schema.type !== 'integer')
  if (unit === 'none') return schema.unit === 'count' || schema.unit === 'fraction'
  return unit === schema.unit
}

function unitHelp(unit: SettingSchema['unit']): { help?: string } {
  if (unit === 'bytes') return { help: 'Say how many bytes: 64KiB, 10MiB, 2GiB.' }
  if (unit === 'seconds') return { help: 'Say how long: 500ms, 30s, 10min, 2h, 1d.' }
  if (unit === 'fraction') return { help: 'Write 10% or 0.1.' }
  if (unit === 'count') return { help: 'Write a bare number, or 20k, 5M, 1B.' }
  return { help: 'Write a bare number.' }
}

export function expectedInWords(schema: SettingSchema): string {
  const groups = Object.keys(schema.calls ?? {}).map((name) => `${name}(…)`)
  const words = [...(schema.enum ?? []), ...groups]
  if (words.length > 0) return `one of ${words.join(', ')}${schema.orString ? ' or a text' : ''}`
  switch (schema.type) {
    case 'integer':
      return schema.unit === 'bytes' || schema.unit === 'seconds' ? unitInWords(schema.unit) : 'a whole number'
    case 'number':
      return schema.unit === undefined ? 'a number' : unitInWords(schema.unit)
    case 'string':
      return schema.template ? 'a template' : 'a text'
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'a list'
    default:
      return schema.expression ? 'a condition' : 'a value'
  }
}
