/** Completion: what can be written at the cursor, in a file that is being typed. It compiles nothing. */

import { type CompletionItem, CompletionItemKind, TextEdit } from 'vscode-languageserver'
import type { MetricSpec } from '../../core/expression.ts'
import { mixName, mixSettings } from '../../core/kind/mixture.ts'
import type { InputSpec, SettingSchema } from '../../core/kind/setting.ts'
import { numberFunctions } from '../../core/values/number-functions.ts'
import { standardModules } from '../../language/1-resolve/standard.ts'
import { describeType, typeNames } from '../../language/parameter-types.ts'
import { groupAsCallable, kindAsCallable, primitiveAsCallable, primitiveNames, symbolAsCallable } from '../callables.ts'
import { type Cursor, cursorAt, type Frame } from '../cursor.ts'
import { importOf } from '../imports.ts'
import { rangeOf } from '../places.ts'
import { innermostCall, isInArchitecture, type ResolvedCall, settingAround } from '../resolve-frame.ts'
import type { Workspace } from '../workspace.ts'
import { declarationItems } from './declarations.ts'
import { recordFields } from './fields.ts'
import {
  callItem,
  choiceItems,
  type ItemOptions,
  kindItem,
  nameItem,
  parameterItem,
  ranked,
  wordItem,
} from './items.ts'
import { importItems, moduleItems, pathItems } from './paths.ts'
import { localNames, type NameInReach, namesOfFile } from './scope.ts'

/** Everything that completion looks at. */
interface Place {
  readonly workspace: Workspace
  readonly path: string
  readonly text: string
  readonly cursor: Cursor
  readonly options: ItemOptions
  /** The names of the file by name. */
  readonly file: ReadonlyMap<string, NameInReach>
  /** The names of the file and of the declaration around the cursor. */
  readonly names: readonly NameInReach[]
}

/** The items at an offset. */
export function completionAt(
  workspace: Workspace,
  path: string,
  offset: number,
  options: ItemOptions,
): CompletionItem[] {
  const document = workspace.document(path)
  if (document === undefined) return []
  const text = document.getText()
  const cursor = cursorAt(text, offset)
  const replaced = (items: readonly CompletionItem[], start: number) => {
    const range = rangeOf(document, { start, end: offset })
    return items.map(({ insertText, command, ...item }) => ({
      ...item,
      ...(command === undefined || options.editorCommands !== true ? {} : { command }),
      textEdit: TextEdit.replace(range, insertText ?? item.label),
    }))
  }
  if (cursor.inside === 'comment') return []
  const file = namesOfFile(workspace, path, text)
  const own = localNames(cursor)
  const names = isInArchitecture(cursor.frames) ? own : [...own, ...file.values()]
  const place: Place = { workspace, path, text, cursor, options, file, names }
  if (cursor.inside === 'string') {
    const { items, typed } = inString(place)
    return replaced(items, offset - typed.length)
  }
  return replaced(inCode(place), cursor.start)
}

function inString(place: Place): { readonly items: readonly CompletionItem[]; readonly typed: string } {
  const { workspace, path, cursor, names } = place
  const { written, images, frames, declaration } = cursor
  const hole = /\{([A-Za-z_]\w*)?$/.exec(written)
  const call = innermostCall(workspace, path, frames)
  const schema = call === undefined ? undefined : schemaHere(place, call)
  const fields = () =>
    recordFields(workspace, path, images).map((name) =>
      wordItem(name, CompletionItemKind.Field, 'a field of the records'),
    )
  if (hole !== null) {
    if (schema?.template) return { items: fields(), typed: hole[1] ?? '' }
    return { items: names.filter(isValue).map((each) => nameItem(each)), typed: hole[1] ?? '' }
  }
  if (isFieldName(call?.parameter?.name)) return { items: fields(), typed: written }
  if (images[0] === 'use') return pathItems(workspace, path, written, (name) => /\.(?:llmpipe|[cm]?[jt]s)$/.test(name))
  const isPath = schema?.files === true || declaration === 'export' || written.includes('/')
  return isPath ? pathItems(workspace, path, written, () => true) : { items: [], typed: '' }
}

/** Whether a parameter is the name of a field of records: `field`, `id` and `keep_fields` of `read`. */
function isFieldName(name: string | undefined): boolean {
  return name !== undefined && /^(?:id|fields?|\w+_fields?)$/.test(name)
}

function isValue({ sort }: NameInReach): boolean {
  return sort === 'param' || sort === 'let' || sort === 'parameter' || sort === 'variable'
}

function inCode(place: Place): readonly CompletionItem[] {
  const { workspace, path, cursor, options } = place
  const { before, frames, images, declaration, isLineFirst } = cursor
  const frame = frames.at(-1)
  if (/^\d/.test(before) && /[\d.]$/.test(place.text.slice(cursor.start - 1, cursor.start))) return []
  if (declaration === 'use' || images[0] === 'use') {
    const items = inImport(place)
    if (items !== undefined) return items
  }
  if (before === '.') return members(place)
  if (frame === undefined || holdsDeclarations(frame, declaration)) {
    if (images.length === 0 || (isLineFirst && before !== '=' && before !== '|>' && before !== ',')) {
      const isIndented = cursor.start > 0 && place.text[cursor.start - 1] !== '\n'
      const items = declarationItems(options)
      return isIndented && frame === undefined && images.length > 0 ? expression(place, undefined) : items
    }
    if (isNaming(images)) return []
    if (declaration === 'for' && frame === undefined && images.at(-2) === 'for')
      return [wordItem('in', CompletionItemKind.Keyword)]
    if (declaration === 'export' && images.length > 1 && before !== 'export') return afterExport(workspace, images)
  }
  const types = typesHere(cursor)
  if (types !== undefined) return types
  if (before === '|>') return callables(place, true)
  const call = innermostCall(workspace, path, frames)
  if (call !== undefined) return inCall(place, call)
  if (frame?.sort === 'body' && frame.keyword === 'filter') return condition(place, {})
  return expression(place, undefined)
}

/** The types, where a declaration states that of a parameter; `undefined` elsewhere. */
function typesHere({ frames, before, declaration }: Cursor): CompletionItem[] | undefined {
  if (before !== ':' || frames.at(-1)?.isHeader !== true) return undefined
  return typeNames(declaration === 'block').map((name) =>
    wordItem(name, CompletionItemKind.TypeParameter, 'type', describeType(name)),
  )
}

/** Whether a bracket encloses declarations. An `if` within another declaration is a value. */
function holdsDeclarations({ sort, keyword = '' }: Frame, declaration: string | undefined): boolean {
  if (sort !== 'body') return false
  return /^(?:for|test)$/.test(keyword) || (/^(?:if|else)$/.test(keyword) && /^(?:for|if)$/.test(declaration ?? 'if'))
}

/** Whether the cursor is where a declaration names what it binds. */
function isNaming(images: readonly string[]): boolean {
  const keywords = /^(?:param|let|data|tokenizer|model|stage|filter|op|block|for)$/
  const last = images.findLastIndex((image) => keywords.test(image))
  if (last === -1) return false
  return images.slice(last + 1).every((image) => image === ',' || /^\w+$/.test(image))
}

function afterExport({ services }: Workspace, images: readonly string[]): CompletionItem[] {
  if (images.at(-1) === 'as') {
    const layout = services.catalogue.kinds.export?.settings.properties.as
    return layout === undefined ? [] : choiceItems(layout)
  }
  if (images.includes('to')) return [wordItem('as', CompletionItemKind.Keyword)]
  return [wordItem('to', CompletionItemKind.Keyword)]
}

/** Behind `use`; `undefined` if the import is complete. */
function inImport({ workspace, path, cursor }: Place): CompletionItem[] | undefined {
  const { images, before, frames } = cursor
  if (frames.at(-1)?.sort === 'imports') return importItems(workspace, path, cursor)
  if (images.includes('{')) return undefined
  if (before === 'use') return moduleItems(workspace, standardModules, true)
  if (before === '.') return moduleItems(workspace, standardModules, false)
  return []
}

/** Behind a point: the size of a tokenizer, the metrics of an artefact, the parts of a group. */
function members({ workspace, path, cursor, file }: Place): CompletionItem[] {
  const { beforeThat, declaration } = cursor
  const known = file.get(beforeThat)
  if (known === undefined) return []
  if (known.sort === 'tokenizer' && declaration !== 'expect')
    return [wordItem('size', CompletionItemKind.Property, 'a count', 'The number of ids of the tokenizer.')]
  const snapshot = workspace.lastSnapshot(path)
  const model = snapshot?.typeNamed(beforeThat)?.model
  if (model !== undefined)
    return [
      wordItem('parameters', CompletionItemKind.Property, 'a count', 'The number of parameters.'),
      ...Object.keys(model.$arguments).map((name) => wordItem(name, CompletionItemKind.Property, 'an argument')),
    ]
  const metrics = snapshot?.typeNamed(beforeThat)?.metrics ?? []
  if (declaration === 'expect')
    return metrics.map((metric) => {
      const item = wordItem(metric.replace('[]', ''), CompletionItemKind.Field, `metric of ${beforeThat}`)
      return metric.endsWith('[]') ? { ...item, insertText: `${item.label}[` } : item
    })
  const value = known.symbol?.declaration
  if (value?.type !== 'let' || value.value.type !== 'call') return []
  return value.value.arguments.flatMap(({ name }) => (name ? [wordItem(name.name, CompletionItemKind.Property)] : []))
}

/** In the parentheses or the block of a call. */
function inCall(place: Place, call: ResolvedCall): readonly CompletionItem[] {
  const { cursor, text } = place
  const { frame, callable } = call
  const isValue = frame.argument !== undefined || cursor.frames.at(-1) !== frame
  const schema = schemaHere(place, call)
  if (isValue) return values(place, schema, call.parameter?.input, call.parameter?.words)
  const follows = /^\s*:/.test(text.slice(cursor.end))
  const given = new Set(frame.given)
  const byPosition = new Set(callable.inherits ? [] : callable.positional.slice(0, frame.positional))
  const named = callable.parameters
    .filter(({ name }) => !given.has(name) && !byPosition.has(name))
    .map((each) => ranked(parameterItem(each, !follows), each.isRequired ? 'first' : 'fitting'))
  if (frame.isBlock || follows) return named
  const others = values(place, schema, call.parameter?.input, call.parameter?.words)
  // Behind a complete value, only operators can follow.
  return cursor.isNewArgument ? [...named, ...others] : expression(place, undefined)
}

/** The schema of the setting that the cursor is in: of the items, if it is in a list. */
function schemaHere({ workspace, path, cursor }: Place, { parameter, frame }: ResolvedCall): SettingSchema | undefined {
  const { frames } = cursor
  if (frames.at(-1) === frame) return parameter?.schema
  return settingAround(workspace, path, frames, frames.length)
}

/** The values that a setting or an input takes. */
function values(
  place: Place,
  schema: SettingSchema | undefined,
  input: InputSpec | undefined,
  words: readonly string[] = [],
): readonly CompletionItem[] {
  const items = words.map((word) => ranked(wordItem(word, CompletionItemKind.EnumMember), 'first'))
  if (schema?.expression !== undefined) return [...items, ...condition(place, schema.metrics ?? {})]
  if (schema !== undefined) {
    items.push(...choiceItems(schema).map((item) => ranked(item, 'first')))
    if (schema.type === 'boolean')
      items.push(...['true', 'false'].map((word) => ranked(wordItem(word, CompletionItemKind.Keyword), 'first')))
    for (const [name, group] of Object.entries(schema.calls ?? {}))
      items.push(
        ranked(callItem(groupAsCallable(name, group), false, place.options, CompletionItemKind.Constructor), 'first'),
      )
  }
  if (input?.mixes) {
    const mix = groupAsCallable(mixName, mixSettings)
    items.push(ranked(callItem(mix, false, place.options, CompletionItemKind.Constructor), 'fitting'))
  }
  return [...items, ...expression(place, input)]
}

/** Metrics of documents, the names of values, and the words of conditions. */
function condition({ workspace, names }: Place, more: Readonly<Record<string, MetricSpec>>): CompletionItem[] {
  const metrics = { ...workspace.services.catalogue.metrics, ...more }
  const items = Object.entries(metrics).map(([name, { type, unit, description }]) =>
    ranked(
      wordItem(name, CompletionItemKind.Field, unit === undefined ? type : `${type}, ${unit}`, description),
      'fitting',
    ),
  )
  const words = ['and', 'or', 'not', 'in'].map((word) => ranked(wordItem(word, CompletionItemKind.Keyword), 'last'))
  return [...items, ...names.filter(isValue).map((each) => ranked(nameItem(each), 'first')), ...words]
}

/** The names and the calls that can be written where a value is expected; those that fit an input come first. */
function expression(place: Place, input: InputSpec | undefined): readonly CompletionItem[] {
  const { workspace, path, cursor, names } = place
  const snapshot = workspace.lastSnapshot(path)
  const items = names
    .filter(({ sort }) => !['op', 'function', 'filter', 'block', 'architecture', 'custom'].includes(sort))
    .map((each) => {
      const type = snapshot?.typeNamed(each.name)?.type
      const fits = input?.kinds.some((kind) => type?.includes(`(${kind})`)) ?? false
      return ranked(nameItem(each, type), fits ? 'fitting' : 'usual')
    })
  const keywords = cursor.declaration === 'expect' ? ['and', 'or', 'not'] : ['true', 'false', 'if']
  return [
    ...items,
    ...callables(place, false),
    ...keywords.map((word) => ranked(wordItem(word, CompletionItemKind.Keyword), 'last')),
  ]
}

/** Everything that can be called, also from standard modules that are not imported yet. */
function callables(place: Place, piped: boolean): CompletionItem[] {
  const { workspace, path, cursor, names, options, file } = place
  if (cursor.declaration === 'expect') return []
  if (isInArchitecture(cursor.frames)) return partsOfArchitectures(place)
  const own = names.flatMap(({ symbol, name, sort }) => {
    const callable = symbol && symbolAsCallable(symbol, workspace.read(symbol.span.file) ?? '')
    const custom = sort === 'custom' ? workspace.customKinds(path).get(name) : undefined
    if (custom !== undefined) return [ranked(kindItem(custom, kindAsCallable(custom), piped, options), 'usual')]
    if (callable === undefined || sort === 'block') return []
    const kind = sort === 'architecture' ? CompletionItemKind.Class : CompletionItemKind.Function
    return [ranked({ ...callItem(callable, piped, options, kind), detail: sort }, 'usual')]
  })
  const kinds = Object.values(workspace.services.catalogue.kinds)
    .filter(({ name }) => name !== 'expect' && name !== 'export' && !['filter'].includes(name))
    .map((kind) => ranked(kindItem(kind, kindAsCallable(kind), piped, options), 'usual'))
  return [...own, ...kinds, ...(piped ? [] : functionsOfNumbers(options)), ...standardItems(place, file, piped)]
}

function functionsOfNumbers(options: ItemOptions): CompletionItem[] {
  return Object.keys(numberFunctions).flatMap((name) => {
    const callable = primitiveAsCallable(name)
    return callable === undefined
      ? []
      : [ranked(callItem(callable, false, options, CompletionItemKind.Function), 'last')]
  })
}

/** Names of standard modules; choosing one imports it. */
function standardItems(
  { workspace, text, path, options }: Place,
  file: ReadonlyMap<string, NameInReach>,
  piped: boolean,
): CompletionItem[] {
  const document = workspace.document(path)
  if (path.startsWith('std:') || document === undefined) return []
  return standardModules.flatMap((module) =>
    [...(workspace.declared(`std:${module}`)?.values() ?? [])].flatMap((symbol) => {
      const callable = symbolAsCallable(symbol, workspace.read(`std:${module}`) ?? '')
      if (file.has(symbol.name) || symbol.sort === 'block' || callable === undefined) return []
      const { start, end, text: line } = importOf(text, `std.${module}`, symbol.name)
      const edit = TextEdit.replace(rangeOf(document, { start, end }), line)
      const item = callItem(callable, piped, options, CompletionItemKind.Function)
      return [ranked({ ...item, detail: `from std.${module}`, additionalTextEdits: [edit] }, 'last')]
    }),
  )
}

function partsOfArchitectures({ workspace, options, file }: Place): CompletionItem[] {
  const blocks = [...file.values()].flatMap(({ symbol }) => {
    if (symbol?.sort !== 'block') return []
    const callable = symbolAsCallable(symbol, workspace.read(symbol.span.file) ?? '')
    return callable === undefined
      ? []
      : [ranked({ ...callItem(callable, false, options, CompletionItemKind.Function), detail: 'block' }, 'usual')]
  })
  const parts = primitiveNames().flatMap((name) => {
    const callable = primitiveAsCallable(name)
    return callable === undefined
      ? []
      : [ranked(callItem(callable, false, options, CompletionItemKind.Function), 'usual')]
  })
  const inputs = ['tokens', 'positions', 'batch', 'time'].map((name) =>
    ranked(wordItem(name, CompletionItemKind.Variable, 'input'), 'usual'),
  )
  return [...blocks, ...parts, ...inputs, ranked(wordItem('repeat', CompletionItemKind.Keyword), 'last')]
}
