/** Hovers: names with their types, values and documentation, stage kinds, settings, metrics and errors. */

import { type Hover, MarkupKind } from 'vscode-languageserver'
import type { Span } from '../../../grammar/span.ts'
import { describeType } from '../../language/parameter-types.ts'
import { valueInWords } from '../callables.ts'
import { parametersInWords } from '../model-size.ts'
import { elementAt, type NameSymbol, type Occurrence, sortInWords, type Word } from '../names/symbol.ts'
import { rangeOf, touches } from '../places.ts'
import type { StageState } from '../services.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Workspace } from '../workspace.ts'
import { occurrenceAt } from './definition.ts'

/** The hover at an offset; `undefined` if there is nothing to say. `states`: the records of the stages in the store, by name. */
export function hoverAt(
  workspace: Workspace,
  path: string,
  offset: number,
  states: ReadonlyMap<string, StageState> = new Map(),
): Hover | undefined {
  const document = workspace.document(path)
  if (document === undefined) return undefined
  const snapshot = workspace.snapshot(path)
  const about = subjectAt(workspace, path, offset, snapshot, states)
  const errors = explanationsAt(workspace, snapshot, path, offset)
  const parts = [...(about?.parts ?? []), ...errors]
  if (parts.length === 0) return undefined
  const contents = { kind: MarkupKind.Markdown, value: parts.join('\n\n---\n\n') }
  return about === undefined ? { contents } : { contents, range: rangeOf(document, about.span) }
}

interface Subject {
  readonly span: Span
  readonly parts: readonly string[]
}

function subjectAt(
  workspace: Workspace,
  path: string,
  offset: number,
  snapshot: Snapshot,
  states: ReadonlyMap<string, StageState>,
): Subject | undefined {
  const occurrence = occurrenceAt(workspace, path, offset)
  if (occurrence !== undefined)
    return { span: occurrence.span, parts: aboutSymbol(workspace, occurrence, snapshot, states) }
  const word = elementAt(workspace.names(path)?.words ?? [], offset)
  if (word !== undefined) return { span: word.span, parts: aboutWord(workspace, word) }
  return moduleAt(workspace, path, offset) ?? literalAt(snapshot, path, offset)
}

/** A name: its declaration, its type and value, its documentation, and its record in the store. */
function aboutSymbol(
  workspace: Workspace,
  { symbol, span }: Occurrence,
  snapshot: Snapshot,
  states: ReadonlyMap<string, StageState>,
): string[] {
  const parts = [code(headOf(workspace, symbol))]
  const details = [...typeLines(symbol, span, snapshot), ...stateLines(states.get(symbol.name))]
  if (details.length > 0) parts.push(details.join('  \n'))
  if (symbol.doc !== undefined) parts.push(symbol.doc)
  const { file } = (symbol.original ?? symbol).span
  if (file !== snapshot.entry) parts.push(`From \`${workspace.nameOf(file)}\`.`)
  return parts
}

/** How a name is declared, on one line: `stage base = pretrain(…)`, `op tidy(docs)`. */
function headOf(workspace: Workspace, symbol: NameSymbol): string {
  const { declaration, span, parameter, sort, name } = symbol.original ?? symbol
  const text = workspace.read(span.file) ?? ''
  const source = (at: Span) => text.slice(at.start, at.end).replace(/\s+/g, ' ')
  if (parameter !== undefined) return `(parameter) ${source(parameter.span)}`
  if (declaration === undefined) return `(${sortInWords[sort]}) ${name}`
  if ('parameters' in declaration)
    return `${declaration.type} ${name}(${declaration.parameters.map((each) => source(each.span)).join(', ')})`
  const whole = source(declaration.span)
  return whole.length > 160 ? `${whole.slice(0, 159)}…` : whole
}

function typeLines(symbol: NameSymbol, span: Span, snapshot: Snapshot): string[] {
  const { declaration } = symbol.original ?? symbol
  const value = declaration !== undefined && 'value' in declaration ? declaration.value.span : undefined
  const fact = snapshot.typeOf(span) ?? (value && snapshot.typeOf(value))
  const lines: string[] = []
  const shapes = snapshot.shapesOf(symbol.span)
  if (shapes.length > 0) lines.push(`Shape: ${shapes.map((shape) => `\`${shape}\``).join(' or ')}`)
  if (fact !== undefined) lines.push(capital(fact.type))
  if (fact?.value !== undefined) lines.push(`Value: \`${shortened(valueInWords(fact.value))}\``)
  if (fact?.setting !== undefined) lines.push(`For the setting \`${fact.setting}\`.`)
  if (fact?.model !== undefined)
    lines.push(`${parametersInWords(fact.model)}, context ${fact.model.context.toLocaleString('en')}`)
  if (fact?.metrics !== undefined && fact.metrics.length > 0)
    lines.push(`Metrics: ${fact.metrics.slice(0, 12).join(', ')}`)
  return lines
}

function stateLines(state: StageState | undefined): string[] {
  if (state === undefined) return []
  const metrics = Object.entries(state.metrics).map(([name, value]) => `${name} ${shortNumber(value)}`)
  return [`In the store: ${state.state}${metrics.length === 0 ? '' : ` · ${metrics.slice(0, 6).join(' · ')}`}`]
}

function aboutWord(workspace: Workspace, word: Word): string[] {
  const { services } = workspace
  switch (word.sort) {
    case 'kind': {
      const kind = services.catalogue.kinds[word.name]
      return kind === undefined ? [] : [services.referenceOfKind(kind)]
    }
    case 'primitive':
      return [services.referenceOfName(word.name) ?? '']
    case 'metric': {
      const metric = services.catalogue.metrics[word.name]
      if (metric === undefined) return []
      const unit = metric.unit === undefined ? '' : `, in ${metric.unit}`
      return [code(`(metric) ${word.name}: ${metric.type}${unit}`), metric.description]
    }
    case 'group': {
      const settings = services.referenceOfSetting('', { description: '', calls: { [word.name]: word.schema } })
      return [settings.split('\n').slice(1).join('\n')]
    }
    case 'setting': {
      const { schema, input } = word
      if (schema !== undefined) return [services.referenceOfSetting(word.name, schema)]
      const kinds = input?.kinds.join(' or ') ?? ''
      return [code(`(input) ${word.name}: ${kinds}`), input?.description ?? '']
    }
    case 'type': {
      const described = describeType(word.name)
      return described === undefined ? [] : [code(`(type) ${word.name}`), `Takes ${described}.`]
    }
    case 'choice':
      return [code(`(choice) ${word.name}`), word.schema.description]
  }
}

/** The module of an import. */
function moduleAt(workspace: Workspace, path: string, offset: number): Subject | undefined {
  const use = workspace
    .parsed(path)
    ?.program.declarations.find((each) => each.type === 'use' && touches(each.source.span, offset))
  if (use?.type !== 'use') return undefined
  const declared = workspace.declaredBy(path, use)
  if (declared === undefined) return undefined
  const target = [...declared.values()][0]?.span.file
  const doc = target === undefined ? undefined : workspace.parsed(target)?.program.doc
  const names = [...declared.values()].map(({ name, sort }) => `- \`${name}\` (${sortInWords[sort]})`)
  return { span: use.source.span, parts: [...(doc === undefined ? [] : [doc]), names.join('\n')] }
}

/** A number with a suffix, or another literal whose value is not what is written. */
function literalAt(snapshot: Snapshot, path: string, offset: number): Subject | undefined {
  const text = snapshot.sources.get(path) ?? ''
  const around = snapshot.types(path).filter(({ span }) => touches(span, offset))
  const fact = around.sort((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start))[0]
  if (fact?.value === undefined || !/^[\d.]/.test(text.slice(fact.span.start))) return undefined
  const setting = fact.setting === undefined ? [] : [`For the setting \`${fact.setting}\`.`]
  const value = typeof fact.value === 'number' ? fact.value.toLocaleString('en') : valueInWords(fact.value)
  return { span: fact.span, parts: [[`\`${value}\` · ${fact.type}`, ...setting].join('  \n')] }
}

/** The explanations of the errors at an offset. */
function explanationsAt(workspace: Workspace, { diagnostics }: Snapshot, path: string, offset: number): string[] {
  const here = diagnostics.filter(({ span }) => span.file === path && touches(span, offset))
  return [...new Set(here.map(({ code: each }) => each))].flatMap((found) => {
    const explained = workspace.services.explanations.find((each) => each.code === found)
    return explained === undefined ? [] : [`**${found}** ${explained.text}`]
  })
}

function code(text: string): string {
  return `\`\`\`llmpipe\n${text}\n\`\`\``
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toPrecision(4)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
